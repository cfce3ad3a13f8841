"""Base of the console's ModelAdmins: staff see rows of their merchants as far as their role allows, platform roles see
rows of all merchants."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import Form, ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from hongmi.lib.console.admins import ConsoleAdmin
from merchants import permissions
from merchants.models import Merchant, Store

MERCHANT = (("merchant", admin.RelatedOnlyFieldListFilter),)


class ScopedAdmin(ConsoleAdmin):
    """`merchant_path` leads from a row to the id of its merchant ("" for rows of Merchant itself)."""

    merchant_path = "merchant_id"
    view_on_site = False
    show_facets = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        merchant_ids = permissions.of(request.user).merchants(self.permission("view"))
        return rows if merchant_ids is None else rows.filter(**{f"{self.merchant_path or 'pk'}__in": merchant_ids})

    def permission(self, verb: str) -> str:
        return f"{self.opts.app_label}.{verb}_{self.opts.model_name}"

    def may(self, request: HttpRequest, verb: str, obj: Model | None = None) -> bool:
        merchant_id = None if obj is None else self.merchant_of(obj)
        return permissions.of(request.user).may(self.permission(verb), merchant_id=merchant_id)

    def merchant_of(self, obj: Any) -> int | None:
        for step in (self.merchant_path or "pk").split("__"):
            obj = getattr(obj, step)
        return obj

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Rows are ended by other actions, because the history of a merchant must stay complete.
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id) if object_id else None
        context = {**(extra_context or {}), **self.row_context(request, row)}
        return super().changeform_view(request, object_id, form_url, context)

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Context for the templates around the form; `row` is None where one is added or the person sees none."""
        return {}

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.related_model is Merchant:
            kwargs["queryset"] = self._merchants(request)
        elif db_field.related_model is Store:
            kwargs["queryset"] = Store.objects.filter(merchant__in=self._merchants(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _merchants(self, request: HttpRequest) -> QuerySet[Merchant]:
        """The merchants at which the person may add a row."""
        return self.merchants_where(request, "add")

    def merchants_where(self, request: HttpRequest, verb: str) -> QuerySet[Merchant]:
        """The merchants at which the person has this permission."""
        merchant_ids = permissions.of(request.user).merchants(self.permission(verb))
        rows = Merchant.objects.order_by("name")
        return rows if merchant_ids is None else rows.filter(pk__in=merchant_ids)

    def page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """A page of the console that is neither list nor form."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context)

    def action_page(self, request: HttpRequest, form: Form | None, **context: Any) -> HttpResponse:
        """The page of an action, with `title`, `subject`, `question`, `answer` (the button's label) and `back`.

        Not cached by browsers, because it may hold a number or a code.
        """
        page = self.page(request, "console/action.html", form=form, **context)
        page.headers["Cache-Control"] = "no-store"
        return page

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The row of an action's URL. Raises Http404 if the person may not see it."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def address(self, obj: Model | None = None) -> str:
        """The URL of the row's page, or of the list."""
        view = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{view}_change", args=[obj.pk]) if obj else reverse(f"{view}_changelist")


class ReadOnlyAdmin(ScopedAdmin):
    """For rows that the console only shows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
