"""Only hongmi_owner migrates. Everything else uses `default`, as Django does without a router."""


class OwnerMigrates:
    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"
