-- One way to refuse: a stable name as the message, facts as JSON in the detail, a code of class HM.
CREATE FUNCTION points._refuse(p_code text, p_name text, p_facts jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = p_code, MESSAGE = p_name, DETAIL = p_facts::text;
END $$;
