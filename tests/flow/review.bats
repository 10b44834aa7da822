# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# What a person is told about a document, and what must not hide: forged documents, documents that are gone, questions that are broken off.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576

# forged: a copy of the last document, with another approval number; sets COPY.
forged() {
	COPY=$SCRATCH/forged
	cp -r "$DOC" "$COPY"
	sed -i 's/A-2026-001/A-2026-999/' "$COPY/evidence.json"
}

first_line() {
	head -n 1 <<<"$output"
}

@test "certificate show: a forged document is called INVALID before anything else: 10" {
	lab_certificate "$(loop_new $MIB)"
	forged
	cw certificate show "$COPY"
	exits 10
	[ "$(first_line)" = INVALID ]
	cw certificate show "$COPY" --json
	exits 10
	json '.finding == "invalid" and (.reason | length > 0) and .document.type == "destruction-certificate"'
	cp -r "$COPY/." "$DOC"
	cw certificate show "$(basename "$DOC")"
	exits 10
	[ "$(first_line)" = INVALID ]
}

@test "certificate show: without a root that is trusted here nobody can tell" {
	lab_certificate "$(loop_new $MIB)"
	own=$STATE STATE=$SCRATCH/other
	cw certificate show "$DOC"
	exits 0
	[ "$(first_line)" = "CANNOT TELL" ]
	cw certificate show "$DOC" --trust "$own/keys/root.pem" --json
	exits 0
	json '.finding == "valid-with-remarks" and (.reason | contains("LABORATORY"))'
	STATE=$own
	cw certificate show "$(basename "$DOC")" --json
	json '.finding == "valid-with-remarks"'
}

@test "certificate export: the fingerprint of the root is to be compared before the root is trusted" {
	lab_certificate "$(loop_new $MIB)"
	cd "$SCRATCH"
	cw certificate export "$(basename "$DOC")"
	exits 0
	fingerprint=$(openssl x509 -in "$STATE/keys/root.pem" -outform DER | sha256sum | cut -d ' ' -f 1)
	[[ ${output//[$' \n']/} = *paperfirst*"$fingerprint"*"certwipeverify"* ]]
	[[ $output = *"${fingerprint:0:4} ${fingerprint:4:4} "* ]]
}

@test "recheck: equal bytes under a document without a trusted root are no proof: 7" {
	loop=$(loop_new $MIB)
	lab_certificate "$loop"
	own=$STATE STATE=$SCRATCH/other
	cw recheck "$loop" --certificate "$DOC"
	exits 7
	[[ $output = *LABORATORY*"proves nothing here"* ]]
	cw recheck "$loop" --certificate "$DOC" --json
	exits 7
	json '.same and .readWhole and .proven == false and .laboratory and (.reason | contains("root"))'
	STATE=$own
	cw recheck "$loop" --certificate "$DOC"
	exits 0
	[[ $output = *LABORATORY*"still what the certificate says"* ]]
}

@test "recheck: what cannot be read is not called different" {
	loop=$(loop_new $MIB)
	lab_certificate "$loop"
	truncate -s $((MIB / 2)) "$(loop_file "$loop")"
	cw recheck "$loop" --certificate "$DOC"
	exits 7
	[[ $output = *"could not be read whole"* && $output = *unreadable* && $output != *"different"* ]]
}

@test "verify: one document that cannot be read hides no other, and no other hides it" {
	lab_certificate "$(loop_new $MIB)"
	mkdir "$SCRATCH/all"
	cp -r "$DOC" "$SCRATCH/all/a"
	cp -r "$DOC" "$SCRATCH/all/b"
	cp -r "$DOC" "$SCRATCH/all/c"
	head -c $((2 * MIB)) /dev/zero >"$SCRATCH/all/b/evidence.json"
	flip "$SCRATCH/all/c/evidence.json" 100
	lab_verify "$SCRATCH/all"
	exits 10
	json '[.items[].finding] == ["valid", "invalid", "invalid"] and .exit == 10'
	lab_verify "$SCRATCH/nothing" "$SCRATCH/all/a"
	exits 7
	json '[.items[].finding] == ["cannot-tell", "valid"]'
	lab_verify "$SCRATCH/nothing" "$SCRATCH/nowhere"
	exits 2
	json '.error.code == "no-such-file"'
	mkdir "$SCRATCH/all/d"
	ln -s nowhere "$SCRATCH/all/d/evidence.json"
	lab_verify "$SCRATCH/all/d" "$SCRATCH/all/a"
	exits 7
}

@test "verify: a signature or journal without its document is invalid, a folder that was not looked into is not passed over" {
	lab_certificate "$(loop_new $MIB)"
	for left in evidence.json.p7s journal.jsonl; do
		mkdir -p "$SCRATCH/$left"
		cp -r "$DOC" "$SCRATCH/$left/whole"
		mkdir "$SCRATCH/$left/half"
		cp "$DOC/$left" "$SCRATCH/$left/half"
		lab_verify "$SCRATCH/$left"
		exits 10
		json '[.items[].finding] == ["invalid", "valid"]'
	done
	mkdir -p "$SCRATCH/deep/1/2/3/4/5/6/7"
	ln -s "$DOC" "$SCRATCH/deep/link"
	cp -r "$DOC" "$SCRATCH/deep/1/2/3/4/5/6/7/whole"
	cp -r "$DOC" "$SCRATCH/deep/whole"
	lab_verify "$SCRATCH/deep"
	exits 7
	json '[.items[].finding] == ["cannot-tell", "cannot-tell", "valid"]'
}

@test "verify: a folder with a name that is no text is shown all the same" {
	lab_certificate "$(loop_new $MIB)"
	cp -r "$DOC" "$SCRATCH/"$'bad\xff\e[31mname'
	lab_verify "$SCRATCH/"$'bad\xff\e[31mname'
	exits 0
	json '.items | length == 1 and (.[0].file | contains("\\xff\\x1b"))'
}

@test "an answer goes to standard output or is an error, never into a file of ours" {
	state_new
	run --separate-stderr bash -c "'$CERTWIPE_BIN' key show --state '$STATE' <&- >&- 2>&-"
	[ "$status" != 0 ]
	[ ! -s "$STATE/register.db" ] || [ "$(sqlite3 "$STATE/register.db" "PRAGMA integrity_check")" = ok ]
}

@test "a state directory whose path cannot be shown is refused: 2" {
	STATE=$SCRATCH/$'st\e[31mate'
	cw list --json
	exits 2
	json '.error.message | contains("state directory")'
	[ ! -e "$STATE" ]
}

@test "a pass phrase that is too long is refused and not cut" {
	run --separate-stderr "$CERTWIPE_BIN" key create --organisation O --station S --json --state "$STATE" --passphrase-fd 3 3< <(head -c 5000 /dev/zero | tr '\0' x) </dev/null
	show_last
	exits 2
	json '.error.message | contains("longer than")'
	[ ! -e "$STATE/keys/root.key" ]
}

@test "^C at the question for the pass phrase gives the terminal back with its echo" {
	command -v expect >/dev/null || skip "needs expect"
	cat >"$SCRATCH/person" <<-'END'
		set timeout 20
		spawn -noecho bash --norc
		send "PS1=; stty echo; echo be''gin\r"
		expect begin
		send "[lindex $argv 0] key create --organisation O --station S --state [lindex $argv 1]\r"
		expect "root key:"
		after 300
		send "\003"
		after 300
		send "stty -a | grep -ow -e '-*echo' | sed s/^/found:/; exit\r"
		expect eof
	END
	run expect "$SCRATCH/person" "$CERTWIPE_BIN" "$STATE" 3>&-
	show_last
	[[ $output = *"found:echo"* ]]
	[ ! -e "$STATE/keys/root.key" ]
}

@test "case new --json is one document that has the form in it" {
	cw case new --policy tw-county --json
	exits 0
	json '.schema == "certwipe/case-new/1" and (.text | contains("[case]"))'
}

@test "wipe: a name that cannot be one in any place stops all, before the first medium" {
	loop=$(loop_new $MIB)
	state_new
	before=$(sha256sum <"$(loop_file "$loop")")
	wipe_listed "$loop" --json $'/dev/\e[31m'
	exits 4
	json '.schema == "certwipe/error/1"'
	wipe_listed "$loop" --json "/dev/$(printf %2000d 0)"
	exits 4
	[ "$(sha256sum <"$(loop_file "$loop")")" = "$before" ]
	cw jobs --json
	json '.jobs == []'
	for command in inspect plan recheck\ --certificate\ /nothing; do
		# shellcheck disable=SC2086 # words of the command
		cw $command $'/dev/\e[31m' --json
		[ "$status" != 0 ]
	done
}

@test "wipe: a list with too many rows is refused with a sentence that says so" {
	loop=$(loop_new $MIB)
	state_new
	{ echo serial,approval_number; seq -f "%.0f," 1 20001; } >"$SCRATCH/list.csv"
	cw wipe --policy lab --authorise "$SCRATCH/list.csv" --json "$loop"
	exits 2
	json '.error.message | contains("20000")'
}

@test "register check: what is about no entry names none" {
	lab_certificate "$(loop_new $MIB)"
	mkdir "$STATE/certificates/$(date -u +%Y)/$(date -u +%Y)-000099"
	cw register check
	exits 10
	[[ $output != *"entry 0"* && $output = *"000099"* ]]
	cw register check --json
	json '[.answer[] | has("index")] == [false]'
}
