"""Who migrates: only hongmi_owner. Everything else goes to `default`, as Django does by itself."""


class OwnerMigrates:
    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"
