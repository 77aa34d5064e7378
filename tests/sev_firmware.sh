# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Firmware images of 64 KiB that snplaunch takes at every level, made for tests: they start nothing.

# put FILE OFFSET BYTES: bytes as printf's escapes
put() {
	# shellcheck disable=SC2059 # escapes are meant
	printf "$3" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

# The table at the end: SEV metadata, the area of kernel hashes, the reset block, the footer.
put_footer() {
	put "$1" 65416 '\0\4\0\0\26\0\146\145\210\334\112\230\230\107\247\136\125\205\247\277\147\314'
	put "$1" 65438 '\0\14\201\0\0\4\0\0\32\0\037\067\125\162\073\072\004\113\222\173\035\246\357\250\324\124'
	put "$1" 65464 '\4\260\200\0\26\0\336\161\367\000\176\032\313\117\211\016\150\307\176\057\264\116'
	put "$1" 65486 '\130\0\336\202\265\226\262\037\367\105\272\352\243\146\305\132\010\055'
}

# Four sections: memory, secrets, CPUID, kernel hashes.
put_metadata() {
	put "$1" 64512 'ASEV\100\0\0\0\1\0\0\0\4\0\0\0'
	put "$1" 64528 '\0\0\200\0\0\220\0\0\1\0\0\0\0\320\200\0\0\20\0\0\2\0\0\0'
	put "$1" 64552 '\0\340\200\0\0\20\0\0\3\0\0\0\0\0\201\0\0\20\0\0\20\0\0\0'
}

# put_volume FILE BYTES: a volume with one driver, of these 16 bytes.
put_volume() {
	head -c 4096 /dev/zero | tr '\0' '\377' | dd of="$1" conv=notrunc status=none
	head -c 116 /dev/zero | dd of="$1" conv=notrunc status=none
	put "$1" 16 '\170\345\214\214\075\212\034\117\231\065\211\141\205\303\055\323'
	put "$1" 32 '\0\20\0\0\0\0\0\0_FVH\0\10\0\0\110\0\322\337'
	put "$1" 90 '\7\0\54\0\0\0\24\0\0\20'"$2"
}

# make_sev_firmware FILE [enforcing|indifferent]: whether it checks kernel hashes; nobody can tell
# without the word.
make_sev_firmware() {
	local file=$1

	head -c 65536 /dev/zero >"$file"
	put_footer "$file"
	put_metadata "$file"
	put "$file" 65520 '\351\0\0\0\0'
	case ${2-} in
	enforcing) put_volume "$file" '\067\224\347\115\322\253\177\102\270\065\325\261\162\322\004\133' ;;
	indifferent) put_volume "$file" '................' ;;
	esac
}

# hex_to_bytes HEX
hex_to_bytes() {
	# shellcheck disable=SC2059 # escapes are meant
	printf "$(sed 's/../\\x&/g' <<<"$1")"
}

# make_id_block FILE DIGEST POLICY: for the launch of that digest, with nothing that names its owner.
make_id_block() {
	local i hex=$2

	hex+=$(printf '%064d01%06d%08d' 0 0 0)
	for i in 0 1 2 3 4 5 6 7; do
		hex+=$(printf '%02x' $(($3 >> 8 * i & 255)))
	done
	hex_to_bytes "$hex" >"$1"
}

# member NAME: the text of a member of the plan in JSON on standard input
member() {
	sed -n "s/^ *\"$1\": *\"\([^\"]*\)\".*/\1/p"
}
