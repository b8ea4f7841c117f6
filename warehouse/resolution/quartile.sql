(k -> intDiv((counties - 1) * k, 4)) AS place,
(k -> ordered[place(k) + 1] + (ordered[place(k) + 2] - ordered[place(k) + 1]) * toInt64((counties - 1) * k - 4 * place(k)) / 4) AS quartile
