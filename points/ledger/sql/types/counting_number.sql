CREATE DOMAIN counting_number AS bigint CONSTRAINT a_counting_number_is_positive CHECK (VALUE > 0);
