#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Launch digests from the command line: known ones, many at once, and what is refused.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

vectors=$top/tests/vectors/synthetic.json

measure() {
	run "$SNPLAUNCH" measure "$@"
}

# Writes the images of the vectors to $work, and lines to $work/vectors: what is expected, and the
# options, with % for blanks. Of those that must be refused there is every eighth.
make_vectors() {
	needs_program python3
	python3 - "$vectors" "$work" <<-'END'
		import json, sys

		known = json.load(open(sys.argv[1]))
		work = sys.argv[2]

		def write(name, recipe):
		    blob = bytearray([recipe['fill']]) * recipe['size']
		    for at, patch in recipe['patches']:
		        patch = bytes.fromhex(patch)
		        blob[at:at + len(patch)] = patch
		    open(f'{work}/{name}', 'wb').write(blob)

		for name, recipe in known['firmware'].items():
		    write(name, recipe)
		write('kernel', known['kernel'])
		write('initrd', known['initrd'])

		with open(f'{work}/vectors', 'w') as out:
		    for i, vector in enumerate(known['vectors']):
		        if 'error' in vector and i % 8 != 0:
		            continue
		        level = vector['mode'].removesuffix('-legacy')
		        words = ['--level', level, '--firmware', vector['firmware']]
		        if level == 'sev-es':
		            words += ['--legacy-vm-type', 'on' if level != vector['mode'] else 'off']
		        for key in ('cpu', 'vcpus', 'vmsa_features'):
		            if key in vector:
		                words += ['--' + key.replace('_', '-'), str(vector[key])]
		        for key in ('kernel', 'initrd'):
		            if key in vector['kernel']:
		                words += ['--' + key, key]
		        if 'cmdline' in vector['kernel']:
		            words += ['--cmdline', known['cmdline'].replace(' ', '%')]
		        expected = vector.get('digest') or vector['error'].replace(' ', '%')
		        print(expected, *words, file=out)
	END
	chmod -R a+rX "$work"
}

# --- Known digests -------------------------------------------------------------------------------

test_computes_every_known_digest_and_refuses_what_must_be() {
	local expected words n=0

	make_vectors
	while read -r expected words; do
		# shellcheck disable=SC2086 # words
		set -- $words
		measure "${@//%/ }"
		if [[ $expected == *%* ]]; then
			expect 66 "${expected//%/ }"
		else
			expect_status 0
			expect_equal "$(cut -d ' ' -f 1 "$work/out")" "$expected" "$words"
		fi
		n=$((n + 1))
	done <"$work/vectors"
	[ "$n" -gt 100 ] || fail "only $n vectors"
}

test_works_for_a_normal_user() {
	make_vectors
	become_user
	read -r expected words <"$work/vectors"
	# shellcheck disable=SC2086 # words
	measure $words
	expect_status 0
	expect_out "$expected  level="
}

# --- Many at once --------------------------------------------------------------------------------

test_a_matrix_is_its_parts() {
	local level cpu vcpus

	make_vectors
	for level in sev-snp sev-es; do
		for cpu in EPYC-v4 EPYC-Milan; do
			for vcpus in 1 2 7; do
				measure --level "$level" --cpu "$cpu" --vcpus "$vcpus" --firmware full
				cat "$work/out" >>"$work/parts"
			done
		done
	done
	measure --level sev-snp,sev-es --cpu EPYC-v4,EPYC-Milan --vcpus 1..2,7 --firmware full
	expect_status 0
	cmp -s "$work/out" "$work/parts" || fail "the matrix differs from its parts"
}

test_models_of_a_guest_file_give_a_digest_each() {
	make_vectors
	echo '{"level":"sev-snp","firmware":"full","cpu":["EPYC-Genoa-v1","EPYC-Milan-v2"],"vcpus":4}' \
		>guest.json
	measure guest.json
	expect_status 0
	expect_equal "$(wc -l <"$work/out")" 2
	expect_out 'level=sev-snp cpu=EPYC-Genoa-v1 vmsa_features=0x1 vcpus=4'
	expect_out 'level=sev-snp cpu=EPYC-Milan-v2 vmsa_features=0x1 vcpus=4'
	measure guest.json --cpu EPYC-Milan-v2 --vcpus 1
	expect_equal "$(wc -l <"$work/out")" 1
	expect_out 'cpu=EPYC-Milan-v2 vmsa_features=0x1 vcpus=1'
}

test_says_which_digest_of_sev_es_it_is() {
	make_vectors
	measure --level sev-es --firmware full
	expect_out 'level=sev-es legacy_vm_type=on cpu=EPYC-v4 vmsa_features=0x0 vcpus=1'
	measure --level sev-es --firmware full --legacy-vm-type off
	expect_out 'level=sev-es legacy_vm_type=off '
}

# At level sev nothing of a vCPU is measured.
test_sev_has_one_digest_for_all_vcpus() {
	make_vectors
	measure --level sev --firmware full --vcpus 1..64 --cpu EPYC-v4,EPYC-Milan
	expect_equal "$(wc -l <"$work/out")" 1
	expect_no_out vcpus
}

# --- Formats -------------------------------------------------------------------------------------

test_formats_tell_the_same() {
	local hex

	make_vectors
	measure --level sev-snp --firmware full --kernel kernel --cmdline 'a "b"'
	hex=$(cut -d ' ' -f 1 "$work/out")
	measure --level sev-snp --firmware full --kernel kernel --cmdline 'a "b"' --csv
	expect_out 'digest,level,vmm,legacy_vm_type,cpu,cpu_signature,vmsa_features,vcpus'
	expect_out "$hex,sev-snp,qemu,,EPYC-v4,0x00800f12,0x1,1"
	measure --level sev-snp --firmware full --kernel kernel --cmdline 'a "b"' --json
	python3 - "$work/out" "$hex" "$(sha256sum kernel | cut -d ' ' -f 1)" <<-'END' || fail "wrong JSON"
		import json, sys

		answer = json.load(open(sys.argv[1]))
		assert answer['digests'] == [{'digest': sys.argv[2], 'level': 'sev-snp',
		    'legacy_vm_type': None, 'cpu': 'EPYC-v4', 'cpu_signature': '0x00800f12',
		    'vmsa_features': '0x1', 'vcpus': 1}]
		assert answer['kernel']['sha256'] == sys.argv[3]
		assert answer['cmdline'] == 'a "b"'
		assert answer['firmware'] == {'path': 'full', 'bytes': 65536}
		assert 'kernel' in answer['coverage'][0]['measured']
		assert 'memory size' in answer['coverage'][0]['not_measured']
		assert answer['kernel_hashes_verdict'] in ('unknown', 'not-enforced')
	END
	measure --level sev-snp --firmware full --kernel kernel --cmdline 'a "b"' --base64
	expect_equal "$(cut -d ' ' -f 1 "$work/out" | base64 -d | od -An -tx1 | tr -d ' \n')" "$hex"
}

test_the_page_list_ends_with_the_digest() {
	local digest

	make_vectors
	measure --level sev-snp --firmware full --vcpus 2 --output-page-list
	expect_status 0
	digest=$(tail -n 1 "$work/out" | cut -d ' ' -f 1)
	expect_equal "$(grep -c '^VMSA  *0xfffffffff000  *4096 ' "$work/out")" 2
	expect_equal "$(grep '^VMSA' "$work/out" | tail -n 1 | awk '{ print $NF }')" "$digest"
	grep -q '^NORMAL  *0xffff0000  *65536  firmware ' "$work/out" || fail "no firmware"
	measure --level sev-snp --firmware full --vcpus 2 --output-page-list --json
	expect_out '"type":"VMSA"'
	measure --level sev-snp --firmware full --vcpus 1..2 --output-page-list
	expect 64 'shows one digest, but several are asked for'
}

# --- Input ---------------------------------------------------------------------------------------

test_reads_a_large_initrd_in_constant_memory() {
	[ "$variant" = release ] || skip "memory is only measured in a release build"
	make_vectors
	truncate -s 1G large
	chmod a+r large
	run "$bin/tests/e2e/peak_memory" "$work/peak" "$SNPLAUNCH" measure --level sev-snp \
		--firmware full --kernel kernel --initrd large
	expect_status 0
	[ "$(cat "$work/peak")" -lt 12288 ] || fail "$(cat "$work/peak") KiB"
}

test_a_kernel_that_is_not_hashed_is_not_read() {
	make_vectors
	measure --level sev-snp --firmware full
	cp "$work/out" "$work/without"
	measure --level sev-snp --firmware full --kernel nowhere --kernel-hashes off
	expect_status 0
	cmp -s "$work/out" "$work/without" || fail "the digest differs"
}

test_measures_what_a_guest_file_runs_under_emulation() {
	make_vectors
	printf '{"level":"off","accel":"tcg"}' >guest.json
	measure guest.json --level sev-snp --firmware full
	expect_status 0
	cp "$work/out" "$work/with"
	measure --level sev-snp --firmware full
	cmp -s "$work/out" "$work/with" || fail "the digest differs"
}

test_names_the_firmware_that_it_chose() {
	[ -e /usr/share/ovmf/OVMF.fd ] || skip 'there is no /usr/share/ovmf/OVMF.fd'
	measure --level sev-snp
	expect 0 "firmware '/usr/share/"
	expect_equal "$(wc -l <"$work/out")" 1 'lines'
	measure --level sev-snp --firmware /usr/share/ovmf/OVMF.fd
	expect_status 0
	[ ! -s "$work/err" ] || fail 'firmware that was named is named again'
	measure --level sev-snp --json
	expect_out '"path":"/usr/share/'
	[ ! -s "$work/err" ] || fail 'JSON names the firmware'
}

test_refuses_with_a_remedy() {
	make_vectors
	measure --firmware full
	expect 64 "key 'level' is missing"
	measure --level off --firmware full
	expect 64 'there is no launch digest at level off'
	measure --level sev-snp --firmware full --cpu host
	expect 64 'give it with --cpu-signature'
	measure --level sev-snp,sev
	expect 64 'name an image with --firmware'
	measure --level sev-snp --firmware no-hashes --kernel kernel
	expect 66 '(--kernel-hashes off)'
	measure --level sev-snp --firmware full --csv --json
	expect 64 'exclude each other'
	measure --level sev-es --firmware full --vmm gce
	expect 64 'sev-es guests are not known on gce'
	measure --level sev-es --firmware full --legacy-vm-type off --kernel-release 6.8
	expect 64 'came with 6.10'
	measure --level sev-snp --firmware nowhere
	expect 66 "cannot open file 'nowhere'"
	: >empty
	measure --level sev-snp --firmware empty
	expect 66 'it is empty'
	measure --level sev-snp --firmware full --kernel initrd
	expect 66 'give a bzImage'
	measure --level sev-snp --firmware full --legacy-vm-type on
	expect 64 "needs level sev or sev-es, but key 'level' is 'sev-snp'"
	measure --level sev-snp,sev-es --firmware full --legacy-vm-type on
	expect_status 0
}

test_names_of_files_are_escaped() {
	make_vectors
	printf 'x' >$'evil\033[31m'
	measure --level sev-snp --firmware $'evil\033[31m'
	expect_status 66
	! grep -q $'\033' "$work/err" || fail "an escape sequence was printed"
}

test_needs_neither_qemu_nor_a_cache() {
	needs_program strace
	make_vectors
	run strace -f -o "$work/trace" -e trace=open,openat,openat2 "$SNPLAUNCH" measure \
		--level sev-snp --firmware full
	expect_status 0
	! grep -E '/dev/kvm|/dev/sev|qemu|cache/' "$work/trace" | grep -v 'ld.so.cache\|--qemu' |
		grep -q . || fail "$(grep -E '/dev/kvm|/dev/sev|qemu|cache/' "$work/trace")"
}

tests_run
