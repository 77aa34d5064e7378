#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library as it is installed: a program from outside finds it by pkg-config, links it, and gets the
# digest that the command prints.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/attestation.sh
. "$(dirname "$0")/attestation.sh"

firmware=/usr/share/ovmf/OVMF.fd

# What 'make install' puts below $work/dest, and pkg-config for it.
install_all() {
	[ "$variant" = release ] || skip "only a release build is installed"
	needs_program pkg-config
	make -s -C "$top" install DESTDIR="$work/dest" prefix=/opt/snp >"$work/out" 2>"$work/err" ||
		fail "make install fails"
	export PKG_CONFIG_PATH=$work/dest/opt/snp/lib/pkgconfig
}

flags() {
	pkg-config --define-variable=prefix="$work/dest/opt/snp" "$@" snpmeasure
}

# compile NAME: a program of tests/snpmeasure, as its maker would
compile() {
	# shellcheck disable=SC2046 # words
	run cc -Wall -Werror -o "$work/$1" "$top/tests/snpmeasure/$1.c" \
		$(flags --cflags --libs) -pthread
	expect_status 0
}

test_a_program_from_outside_gets_the_same_digest() {
	[ -f "$firmware" ] || skip "there is no $firmware"
	needs_program openssl
	install_all
	compile consumer
	run openssl ecparam -name secp384r1 -genkey -noout -out "$work/key.pem"
	expect_status 0
	run "$work/consumer" "$firmware" EPYC-Milan 5 "$work/key.pem"
	expect_status 0
	cp "$work/out" "$work/digest"
	run "$SNPLAUNCH" measure --level sev-snp --firmware "$firmware" --cpu EPYC-Milan --vcpus 5
	expect_equal "$(cut -d ' ' -f 1 "$work/out")" "$(cat "$work/digest")"
}

test_a_program_from_outside_verifies_reports() {
	needs_program openssl
	install_all
	compile report_reader
	chain=$work/chain
	mkdir -p "$chain"
	(make_chain) || fail 'openssl made no chain'
	use_chain
	make_report
	sign_report
	run "$work/report_reader" r vcek.pem cert_chain
	expect_status 0
	expect_out "measurement $(repeat 90 48)"
	expect_out "ark $(openssl x509 -in ark.pem -outform DER | sha256sum | cut -d ' ' -f 1)"
	sign_report other.key
	run "$work/report_reader" r vcek.pem cert_chain
	expect 1 'verify: '
	run "$work/report_reader" r vcek.pem vcek.der
	expect 1 'verify: '
}

test_a_shared_library_can_be_made_of_it() {
	install_all
	# shellcheck disable=SC2046 # words
	run cc -shared -o "$work/libmine.so" -Wl,--whole-archive -L"$work/dest/opt/snp/lib" -lsnpmeasure \
		-Wl,--no-whole-archive -Wl,-z,defs $(flags --libs)
	expect_status 0
}

test_only_the_headers_functions_are_global() {
	install_all
	nm -g --defined-only "$work/dest/opt/snp/lib/libsnpmeasure.a" | awk 'NF == 3 { print $3 }' |
		sort >"$work/global"
	grep -oE '\bsnpmeasure_[a-z_]+\(' "$top/snpmeasure/snpmeasure.h" | tr -d '(' | sort -u \
		>"$work/declared"
	diff "$work/declared" "$work/global" >"$work/out" || fail "header and library differ"
}

test_uninstall_leaves_nothing_of_it() {
	install_all
	make -s -C "$top" uninstall DESTDIR="$work/dest" prefix=/opt/snp >"$work/out" 2>"$work/err" ||
		fail "make uninstall fails"
	[ -z "$(find "$work/dest" -type f)" ] || fail "left: $(find "$work/dest" -type f)"
}

tests_run
