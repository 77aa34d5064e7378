#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Attestation reports through the real programs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/attestation.sh
. "$(dirname "$0")/attestation.sh"

report() {
	run "$SNPLAUNCH" report "$@"
}

# --- Tests ---------------------------------------------------------------------------------------

test_names_the_fields() {
	make_report
	report r
	expect_status 0
	expect_out 'version                 3'
	expect_out 'product                 Genoa'
	expect_out 'policy_bits             smt, debug'
	expect_out 'platform_info           smt_en, alias_check_complete'
	expect_out "measurement             $(repeat 90 48)"
	expect_out 'reported_tcb            value 0x541700000000000a, boot_loader 10, tee 0, snp 23, microcode 84'
	expect_out 'current_version         1.55.21'
	expect_out 'signature  not checked  give --vcek or --vlek'
	report --json r
	expect_status 0
	expect_out '"guest_svn":11'
	expect_out '"microcode":84'
	expect_out '"result":"not checked"'
}

verifies() {
	make_signed
	chmod a+r r
	report r --vcek vcek.der --chain cert_chain --digest "$(repeat 90 48)" --policy 0xb0000 \
		--report-data "$(repeat 50 64)" --host-data "$(repeat c0 32)" --vmpl 1 \
		--min-guest-svn 11 --min-tcb snp=23,microcode=84 --chip-id "$(repeat 1a 64)" \
		--ark-sha256 "$(openssl x509 -in ark.pem -outform DER | openssl dgst -sha256 -r |
			cut -d ' ' -f 1)"
	expect_status 0
	expect_equal "$(grep -c ' ok$' "$work/out")" 11 'checks'
}

test_verifies_and_compares() {
	verifies
}

test_verifies_as_a_user() {
	become_user
	verifies
}

test_takes_issuers_in_two_files() {
	make_signed
	report r --vcek vcek.pem --ask ask.pem --ark ark.pem --at 0
	expect_status 0
	expect_out 'signature  ok'
	expect_out 'root       not checked  compare ark_sha256'
}

test_names_what_is_wrong() {
	make_signed
	report r --vcek vcek.pem --chain cert_chain --digest "$(repeat 91 48)" --policy 0x30000 \
		--min-guest-svn 12 --min-tcb snp=24,fmc=1 --ark-sha256 "$(repeat 00 32)"
	expect 1 '6 of 7 checks went wrong'
	expect_out "measurement       wrong  is $(repeat 90 48), not"
	expect_out 'policy            wrong  is 0xb0000, not 0x30000'
	expect_out 'guest_svn         wrong  is 11, less than 12'
	expect_out 'reported_tcb.snp  wrong  is 23, less than 24'
	expect_out 'reported_tcb.fmc  wrong  this CPU has none'
}

test_refuses_other_signatures() {
	make_signed
	put r $((0x90)) 91
	report r --vcek vcek.pem --chain cert_chain
	expect 1 '1 of 1 checks went wrong'
	expect_out 'signature  wrong'
	make_report
	sign_report other.key
	report r --vcek vcek.pem --chain cert_chain
	expect_status 1
	# Another chip's certificate.
	make_report
	put r $((0x1a0)) 1b
	sign_report
	report r --vcek vcek.pem --chain cert_chain
	expect_status 1
	# A certificate that is not valid yet.
	make_report
	sign_report
	report r --vcek vcek.pem --chain cert_chain --at 1000
	expect_status 1
	expect_out 'the certificate is not valid yet'
	report r --vlek vcek.pem --chain cert_chain
	expect_status 1
	expect_out 'by a VCEK, not a VLEK'
}

test_names_a_certificate_that_is_none() {
	make_signed
	echo nothing >none
	report r --vcek none --chain cert_chain
	expect 66 "'none': VCEK or VLEK: there is no certificate in it"
	report r --vcek vcek.pem --chain none
	expect 66 "'none': issuers: there is no certificate in it"
	report r --vcek vcek.pem --ask ask.pem --ark none
	expect 66 "'none': issuers: there is no certificate in it"
	report r --vcek ark.pem --chain cert_chain
	expect 66 "'ark.pem': "
}

test_proves_nothing_without_a_signature() {
	make_report
	report r --digest "$(repeat 90 48)"
	expect 64 "option '--digest': what nobody signed proves nothing"
	report r --digest "$(repeat 90 48)" --unverified
	expect_status 0
	expect_out 'measurement  ok'
	expect_out 'signature    not checked'
	report r --digest "$(repeat 91 48)" --unverified
	expect_status 1
	report r --ark-sha256 "$(repeat 00 32)"
	expect 64 "option '--ark-sha256' needs '--vcek' or '--vlek'"
}

test_refuses_wrong_use() {
	make_report
	report
	expect 64 'the file of a report is missing'
	report r --vcek r
	expect 64 'the issuers are missing'
	report r --vcek r --vlek r
	expect 64 'a report is signed by one key'
	report r --unverified --min-tcb snp
	expect 64 "option '--min-tcb': must be a list such as"
	report r --unverified --min-tcb snp=1,
	expect 64 "option '--min-tcb': must be a list such as"
	report r --unverified --min-tcb snp=256
	expect 64 "option '--min-tcb': must be a list such as"
	report r --unverified --vmpl 4294967296
	expect 64 "option '--vmpl': must be a number from 0 to 4294967295"
}

test_refuses_what_is_no_report_or_certificate() {
	make_report
	report nosuch
	expect 66 "'nosuch': No such file or directory"
	head -c 1183 r >short
	report short
	expect 66 "'short': the report has 1183 bytes, not 1184"
	put r 0 09
	report r
	expect 66 "'r': the report has version 9"
	make_report
	report r --vcek short --chain r
	expect 66 'there is no certificate in it'
}

chain=$(mktemp -d)
trap 'rm -rf "$chain"' EXIT
chmod 755 "$chain"
(make_chain) >/dev/null 2>&1
tests_run
