REVOKE INSERT, UPDATE, DELETE ON redemption_orderstep, redemption_transition FROM hongmi_app;
REVOKE DELETE ON redemption_order, redemption_orderreturn, redemption_rewardprice, redemption_pricerise,
    redemption_offset, redemption_payment, redemption_providercallback, redemption_refund, redemption_voucher FROM hongmi_app;
REVOKE UPDATE, DELETE ON redemption_voucherstep, redemption_requestkey, redemption_providercallback,
    redemption_offsetrefund FROM hongmi_app;

-- A logo is never updated; one without an order may be deleted.
REVOKE UPDATE ON redemption_logo FROM hongmi_app;
