// Package ordering keeps promise 9 in everything that is shipped: no query lines up
// regions by value or by completeness. It reads SQL with a tokenizer of its own and
// judges every SELECT that shows regions, or ranks them in a window:
//
//   - Before the region is reached, ORDER BY may only name keys: indicator, period,
//     source, status, dates as printed and the like. What is not known to be a key is
//     taken for a value. After the region anything may follow, because a county may
//     be compared with its own past.
//   - The same goes for the ORDER BY of a window that is not partitioned by region.
//   - argMax(region, value), arraySort and topK over regions and values pick or line
//     up regions as well.
//   - A query about one region (region = 'code') is free, and so is one that shows no
//     regions.
//
// Aliases, positions, common table expressions, subqueries and stars are followed to
// the columns that they stand for, with the columns of tables and views taken from
// the dictionary.
//
// The linter cannot see an order that Go code or a browser makes. In Go, a literal
// with an ORDER BY whose keys are put in at run time must be marked
//
//	//ordering:checked REASON
//
// on its line or the one before, and the reason names the test that checks it.
package ordering
