CREATE DOMAIN reference AS varchar(128) CONSTRAINT a_reference_is_not_empty CHECK (VALUE <> '');
