CREATE TRIGGER rises_are_not_emptied BEFORE TRUNCATE ON redemption_pricerise
    FOR EACH STATEMENT EXECUTE FUNCTION redemption_refuse_truncate();
ALTER TABLE redemption_pricerise ENABLE ALWAYS TRIGGER rises_are_not_emptied;
