// Package extract takes the numbers out of decoded documents: out of the answers
// of the statistics bureau's interfaces, out of tables in any orientation, and
// out of running text. A number whose four coordinates (indicator, region,
// period, unit) are settled becomes an observation; one that is in scope but
// unsettled becomes a refusal that names what is missing. It is pure.
package extract
