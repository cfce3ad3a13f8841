-- A charged face value is valid evidence for 30 days; an attested one names who attests it (SPEC R37).
CREATE FUNCTION redemption_require_evidence(p_basis text, p_on date, p_announced_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_day date := (p_announced_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF p_on > v_day OR (p_basis = 'charged' AND p_on < v_day - 30) THEN
        RAISE EXCEPTION 'a face value was charged in the last 30 days' USING ERRCODE = 'HM204';
    END IF;
END $$;

-- Called by triggers under the role that writes; it reads and refuses, and changes nothing.
GRANT EXECUTE ON FUNCTION redemption_require_evidence(text, date, timestamptz) TO hongmi_app;
