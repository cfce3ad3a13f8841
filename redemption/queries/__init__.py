"""Queries of redemption."""

from redemption.queries.catalogue import (
    Reach,
    RewardView,
    affected_by_rise,
    mall,
    on_sale,
    price_history,
    prices_of,
    public_quotes,
    quote_for,
    reach,
    reward,
    rises_ahead,
    value_index,
    views,
)
from redemption.queries.orders import order, orders_by, orders_of

__all__ = [
    "Reach",
    "RewardView",
    "affected_by_rise",
    "mall",
    "on_sale",
    "order",
    "orders_by",
    "orders_of",
    "price_history",
    "prices_of",
    "public_quotes",
    "quote_for",
    "reach",
    "reward",
    "rises_ahead",
    "value_index",
    "views",
]
