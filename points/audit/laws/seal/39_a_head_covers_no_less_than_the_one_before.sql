-- zh: 每个树头覆盖的范围不少于前一个。
-- en: Every head covers no less than the one before it: leaves, transactions and time only grow.
SELECT h.id AS head, h.tree_size, h.horizon_at
FROM (
    SELECT t.*, lag(t.tree_size) OVER heads AS size_before, lag(t.horizon_at) OVER heads AS horizon_before
    FROM points_treehead t WINDOW heads AS (ORDER BY t.id)) h
WHERE h.tree_size < h.size_before OR h.horizon_at < h.horizon_before
