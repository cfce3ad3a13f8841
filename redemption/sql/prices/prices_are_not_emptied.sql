CREATE TRIGGER prices_are_not_emptied BEFORE TRUNCATE ON redemption_rewardprice
    FOR EACH STATEMENT EXECUTE FUNCTION redemption_refuse_truncate();
ALTER TABLE redemption_rewardprice ENABLE ALWAYS TRIGGER prices_are_not_emptied;
