# SPDX-License-Identifier: Apache-2.0
# Few combinations in which each value of a factor meets each value of every other one.
# Reads a factor a line, its values separated by blanks; writes a combination a line. The same input
# always gives the same output. With -v all=1 it writes every combination there is.

{
	n_values[NR] = NF
	for (v = 1; v <= NF; v++)
		value[NR, v] = $v
}

# How many pairs of this row are new if factor f gets value v; factors that have none yet do not count.
function gain(f, v, other, n) {
	for (other = 1; other <= NR; other++)
		n += other != f && row[other] && !met[f, v, other, row[other]]
	return n
}

# Gives each factor without a value the first one that makes the most new pairs.
function fill_row(f, v, best) {
	for (f = 1; f <= NR; f++) {
		if (row[f])
			continue
		best = 1
		for (v = 2; v <= n_values[f]; v++)
			if (gain(f, v) > gain(f, best))
				best = v
		row[f] = best
	}
}

function end_row(f, other, text) {
	for (f = 1; f <= NR; f++) {
		for (other = 1; other <= NR; other++)
			met[f, row[f], other, row[other]] = 1
		text = text (f > 1 ? " " : "") value[f, row[f]]
	}
	print text
}

function every_row(f, text, v) {
	for (v = 1; v <= n_values[f]; v++)
		if (f == NR)
			print text value[f, v]
		else
			every_row(f + 1, text value[f, v] " ")
}

function few_rows(f, v, other, w) {
	for (f = 1; f < NR; f++)
		for (v = 1; v <= n_values[f]; v++)
			for (other = f + 1; other <= NR; other++)
				for (w = 1; w <= n_values[other]; w++)
					if (!met[f, v, other, w]) {
						split("", row)
						row[f] = v
						row[other] = w
						fill_row()
						end_row()
					}
}

END {
	if (all)
		every_row(1, "")
	else
		few_rows()
}
