# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# runs beside others
# Around the wipe: keys, cases, policies, the register, showing documents, help.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers

MIB=1048576

# strict_policy KEY...: a policy `strict` of this state directory: as lab, with these fields of the case mandatory.
strict_policy() {
	mkdir -p "$STATE/policy"
	sed -e "s/^id = .*/id = strict/" -e "s/^mandatory =.*/mandatory = $*/" "${ROOT:?}/share/policy/lab.policy" >"$STATE/policy/strict.policy"
}

# wipe_strict DEV... [OPTION...]: under that policy, authorised by a list without approval numbers, so that they can only come from the case.
wipe_strict() {
	printf 'serial,approval_number\n"%s",\n' "$(loop_file "$1")" >"$SCRATCH/list.csv"
	cw wipe --policy strict --authorise "$SCRATCH/list.csv" --json --quiet "$@"
}

# in_register SQL: as root could, past the guards.
in_register() {
	sqlite3 "$STATE/register.db" "$1"
}

# check_finds TEXT: `register check` says that something is wrong, in words that have TEXT in them.
check_finds() {
	cw register check --json
	exits 10
	# shellcheck disable=SC2016
	json '[.answer[] | select(.severity == "error") | .what] | any(contains($text))' --arg text "$1"
	cw register check
	exits 10
	[[ $output = *"${1:0:20}"* ]]
}

# ---- keys ----

# create_key WORD: with that pass phrase, on descriptor 3.
create_key() {
	run --separate-stderr "$CERTWIPE_BIN" key create --organisation "桃園市政府" --station "政風處 2" --json --state "$STATE" --passphrase-fd 3 3<<<"$1" </dev/null
	show_last
}

@test "key create: the root key is encrypted with the pass phrase, which stands nowhere" {
	create_key "$PASSPHRASE"
	exits 0
	json '.schema == "certwipe/key-created/1" and (.rootSha256 | test("^[0-9a-f]{64}$"))'
	[ "$(value .rootSha256)" = "$(openssl x509 -in "$STATE/keys/root.pem" -outform DER | sha256sum | cut -d ' ' -f 1)" ]
	openssl pkey -in "$STATE/keys/root.key" -passin "pass:$PASSPHRASE" -noout
	run openssl pkey -in "$STATE/keys/root.key" -passin "pass:another pass phrase" -noout
	[ "$status" != 0 ]
	run grep -rF "$PASSPHRASE" "$STATE"
	[ "$status" = 1 ]
	[ "$(stat -c %a "$STATE/keys/root.key" "$STATE/keys/station.key" "$STATE/keys" | xargs)" = "600 600 700" ]
	openssl verify -CAfile "$STATE/keys/root.pem" -no-CApath -no-CAstore "$STATE/keys/station.pem"
}

@test "key create a second time is refused and changes nothing" {
	create_key "$PASSPHRASE"
	before=$(sha256sum "$STATE"/keys/*)
	create_key "$PASSPHRASE"
	exits 2
	json '.error.code == "exists"'
	[ "$(sha256sum "$STATE"/keys/*)" = "$before" ]
}

@test "key create refuses a short pass phrase, none at all, and an organisation without a name" {
	create_key "short"
	exits 2
	create_key ""
	exits 2
	cw key create --organisation "Example County" --station bench
	exits 8
	cw key create --station bench --passphrase-fd 9
	exits 2
	cw key create --organisation "Example County" --station bench --years 0 --passphrase-fd 9
	exits 2
	[ ! -e "$STATE/keys/root.key" ]
}

@test "key show names organisation, station and the fingerprint that was printed" {
	create_key "$PASSPHRASE"
	fingerprint=$(value .rootSha256)
	cw key show --json
	exits 0
	# shellcheck disable=SC2016
	json '.root.sha256 == $f and (.station.subject | contains("政風處 2")) and (.root.subject | contains("桃園市政府"))' --arg f "$fingerprint"
	value .rootPem | openssl x509 -noout
	cw key show
	[[ ${output//[$' \n']/} = *"$fingerprint"* ]]
	[[ $output = *"桃園市政府"* ]]
}

@test "key trust pins a root only with the fingerprint from the paper, however it is written" {
	state_new
	state_new "$SCRATCH/other"
	root=$SCRATCH/other/keys/root.pem
	fingerprint=$(openssl x509 -in "$root" -outform DER | sha256sum | cut -d ' ' -f 1)
	cw key trust "$root" --fingerprint "$(tr 0-9a-f a-f0-9 <<<"$fingerprint")" --json
	exits 10
	cw key trust "$root" --fingerprint "${fingerprint:0:62}" --json
	exits 2
	cw key trust "$root" --json
	exits 8
	cw key trust "$ROOT/README.md" --fingerprint "$fingerprint" --json
	exits 2
	cw key show --json
	json '.trusted == []'
	cw key trust "$root" --fingerprint "$(tr a-f A-F <<<"$fingerprint" | sed 's/..\B/&:/g')" --json
	exits 0
	cw key show --json
	# shellcheck disable=SC2016
	json '[.trusted[].sha256] == [$f]' --arg f "$fingerprint"
}

# ---- cases ----

@test "case new writes a form that case show and wipe read back" {
	state_new
	strict_policy approvalNumber unit custodian
	cw case new --policy strict --out "$SCRATCH/form" approvalNumber=府政字第1130001號 'note=50% "done"; #2 = ok' --json
	exits 0
	json '.file | endswith("/form")'
	cw case show "$SCRATCH/form" --policy strict --json
	exits 8
	json '.complete == false and (.lacks | contains("unit") and contains("custodian") and (contains("approvalNumber") | not))'
	sed -i -e 's/^unit = .*/unit = 政風處/' -e 's/^custodian = .*/custodian = 王小明/' "$SCRATCH/form"
	cw case show "$SCRATCH/form" --policy strict --json
	exits 0
	json '.complete and .case.approvalNumber == "府政字第1130001號" and .case.note == "50% \"done\"; #2 = ok" and .case.custodian == "王小明"'
}

@test "case new to standard output is the form itself, with what the policy demands marked" {
	cw case new --policy tw-county
	exits 0
	[[ $output = *"[case]"* && $output = *"retentionChecked"* ]]
	printf '%s\n' "$output" >"$SCRATCH/form"
	cw case show "$SCRATCH/form" --policy tw-county --json
	exits 8
	json '.case == {} and .complete == false'
	cw case new colour=red --json
	exits 2
	cw case new personalData=perhaps --json
	exits 2
}

@test "wipe --case: every field stands in the certificate" {
	loop=$(loop_new $MIB)
	cat >"$SCRATCH/case" <<-'END'
		[case]
		approvalNumber = A-2026-001
		unit = 政風處
		custodian = 王小明
		assetTag = 3140101-03-42
		classification = 密
		personalData = yes
		recordRelation = copy
		backedUp = yes
		backupLocation = shelf 4
		retentionChecked = yes
		holdChecked = yes
		place = Room 204
		operator = 陳大文
		witnesses = 李四, 張三
		plannedFate = destroy
		source = PC "front desk"
		note = blue stick
	END
	lab_certificate "$loop" --case "$SCRATCH/case"
	jq -e '.case == {approvalNumber: "A-2026-001", unit: "政風處", custodian: "王小明", assetTag: "3140101-03-42", classification: "密", personalData: "yes",
		recordRelation: "copy", backedUp: "yes", backupLocation: "shelf 4", retentionChecked: "yes", holdChecked: "yes", place: "Room 204", operator: "陳大文",
		witnesses: "李四, 張三", plannedFate: "destroy", source: "PC \"front desk\"", note: "blue stick"}' "$DOC/evidence.json"
	lab_verify
	exits 0
	cw register search 3140101-03-42 --json
	json '[.answer[].kind] == ["started", "certificate"]'
	cw case list --json
	json '.answer | length == 1 and .[0].approvalNumber == "A-2026-001" and .[0].assetTag == "3140101-03-42"'
}

@test "a mandatory field that is missing stops the wipe before anything is written" {
	loop=$(loop_new $MIB)
	state_new
	strict_policy approvalNumber unit custodian holdChecked
	before=$(sha256sum <"$(loop_file "$loop")")
	printf '[case]\nunit = Ethics Office\napprovalNumber = 7\nholdChecked = no\n' >"$SCRATCH/case"
	wipe_strict "$loop" --case "$SCRATCH/case"
	exits 8
	json '.results[0].error.code == "case-incomplete" and (.results[0].error.message | contains("custodian") and contains("holdChecked"))'
	json '.results[0].type == "destruction-report" and .results[0].level == "none"'
	wipe_strict "$loop"
	exits 8
	[ "$(sha256sum <"$(loop_file "$loop")")" = "$before" ]
	sed -i -e 's/^holdChecked.*/holdChecked = yes/' "$SCRATCH/case"
	echo "custodian = 王小明" >>"$SCRATCH/case"
	wipe_strict "$loop" --case "$SCRATCH/case"
	exits 0
	jq -e '.case.custodian == "王小明" and .policy.id == "strict"' "$(certificate_of)/evidence.json"
}

@test "a case file with a mistake is refused with the line of the mistake" {
	loop=$(loop_new $MIB)
	state_new
	before=$(sha256sum <"$(loop_file "$loop")")
	printf '[case]\nunit = Ethics Office\ncolour = blue\n' >"$SCRATCH/case"
	wipe_listed "$loop" --json --case "$SCRATCH/case"
	exits 2
	json '.error.message | contains(":3:") and contains("colour")'
	printf '[case]\n\npersonalData = perhaps\n' >"$SCRATCH/case"
	wipe_listed "$loop" --json --case "$SCRATCH/case"
	exits 2
	json '.error.message | contains(":3:") and contains("personalData")'
	wipe_listed "$loop" --json --case "$SCRATCH/nothing"
	exits 2
	[ "$(sha256sum <"$(loop_file "$loop")")" = "$before" ]
}

@test "a list and a case that approve the medium under different numbers are both refused" {
	loop=$(loop_new $MIB)
	state_new
	printf '[case]\napprovalNumber = B-7\n' >"$SCRATCH/case"
	wipe_listed "$loop" --json --case "$SCRATCH/case"
	exits 8
	json '.results[0].error.message | contains("A-2026-001") and contains("B-7")'
}

@test "where wiping does not close the case it stays open, and case list --open shows it" {
	state_new
	strict_policy
	sed -i 's/^wiping-closes-it = .*/wiping-closes-it = no/' "$STATE/policy/strict.policy"
	lab_loop=$(loop_new $MIB)
	loop=$(loop_new $MIB)
	wipe_strict "$loop"
	exits 0
	json '.results[0].wipeClosesCase == false'
	job=$(value '.results[0].jobId')
	wipe_listed "$lab_loop" --json
	exits 0
	cw case list --json
	json '.answer | length == 2'
	cw case list --open --json
	# shellcheck disable=SC2016
	json '[.answer[] | .jobId] == [$job] and (.answer[0].why | contains("destruction"))' --arg job "$job"
}

# ---- register ----

@test "the register lists start and end of each wipe, and finds them by what people know" {
	loop=$(loop_new $MIB)
	lab_certificate "$loop"
	cw wipe "$loop" --policy lab --quiet
	exits 8
	cw register list --json
	exits 0
	json '[.answer[].kind] == ["started", "certificate", "report"] and [.answer[].index] == [0, 1, 2] and .checkpoint.size == 3'
	# shellcheck disable=SC2016
	json '.answer[1].jsonSha256 == $sum' --arg sum "$(sha256sum "$DOC/evidence.json" | cut -d ' ' -f 1)"
	# shellcheck disable=SC2016
	json '.answer[1].p7sSha256 == $sum' --arg sum "$(sha256sum "$DOC/evidence.json.p7s" | cut -d ' ' -f 1)"
	cw register show 1 --json
	# shellcheck disable=SC2016
	json '.answer.documentId == $id' --arg id "$(basename "$DOC")"
	for known in A-2026-001 "$(basename "$(loop_file "$loop")")" "$(basename "$DOC")" "$(jq -r .jobId "$DOC/evidence.json")"; do
		cw register search "$known" --json
		exits 0
		json '[.answer[].index] | contains([1])'
	done
	cw register search "no such thing" --json
	exits 0
	json '.answer == []'
	cw register search "%" --json
	json '.answer == []'
	cw register list
	[[ $output = *"$(basename "$DOC")"* && $output = *"sanitised"* ]]
	cw register check
	exits 0
}

@test "register check finds a document that was changed, and one that is gone" {
	lab_certificate "$(loop_new $MIB)"
	cp -a "$DOC" "$SCRATCH/kept"
	for file in evidence.json evidence.json.p7s; do
		flip "$DOC/$file" 100
		check_finds "$file was changed"
		cp -a "$SCRATCH/kept/$file" "$DOC/$file"
	done
	cw register check
	exits 0
	rm "$DOC/evidence.json"
	check_finds "evidence.json cannot be opened"
}

# guard NAME: the statement that makes this trigger of the register.
guard() {
	in_register "SELECT sql FROM sqlite_schema WHERE name = '$1'"
}

# rewrite SET: in the first entry, with the guard put back afterwards.
rewrite() {
	local sql
	sql=$(guard entries_no_update)
	in_register "DROP TRIGGER entries_no_update; UPDATE entries SET $1 WHERE idx = 0"
	in_register "$sql"
}

@test "the register refuses changes, and register check finds that its guards are gone" {
	lab_certificate "$(loop_new $MIB)"
	run in_register "DELETE FROM entries WHERE idx = 1"
	[ "$status" != 0 ]
	run in_register "UPDATE entries SET outcome = 'sanitised'"
	[ "$status" != 0 ]
	cw register check
	exits 0
	in_register "DROP TRIGGER entries_no_delete"
	check_finds "guards against change were taken away"
}

@test "register check finds a deleted entry and names the gap, also when the guards were put back" {
	lab_certificate "$(loop_new $MIB)"
	wipe_listed "$(loop_new $MIB)" --json
	exits 0
	sql=$(guard entries_no_delete)
	in_register "DROP TRIGGER entries_no_delete; DELETE FROM entries WHERE idx = 1"
	in_register "$sql"
	cw register check --json
	exits 10
	check_finds "Entries are missing before this one"
	check_finds "the register does not have"
}

@test "register check finds the last entries cut off, by the documents that are left" {
	lab_certificate "$(loop_new $MIB)"
	wipe_listed "$(loop_new $MIB)" --json
	exits 0
	sql=$(guard entries_no_delete)
	in_register "DROP TRIGGER entries_no_delete; DELETE FROM entries WHERE idx >= 2"
	in_register "$sql"
	check_finds "the register does not have"
}

@test "register check finds a rewritten entry, also one with a leaf hash to match" {
	lab_certificate "$(loop_new $MIB)"
	wipe_listed "$(loop_new $MIB)" --json
	exits 0
	rewrite "at = '2020-01-01T00:00:00Z'"
	check_finds "its columns do not make its leaf hash"
	rewrite "leaf_sha256 = (SELECT leaf_sha256 FROM entries WHERE idx = 2)"
	check_finds "The register was rewritten"
}

@test "register check finds another serial number, approval or fate written into an entry" {
	lab_certificate "$(loop_new $MIB)"
	for change in "serial = 'another'" "approval_number = 'A-2026-999'" "asset_tag = 'another'" "model = 'another'" "closes_case = 1 - closes_case"; do
		old=$(in_register "SELECT '${change%% =*} = ' || quote(${change%% =*}) FROM entries WHERE idx = 0")
		rewrite "$change"
		echo "$change"
		cw register check
		exits 10
		rewrite "$old"
		cw register check
		exits 0
	done
}

@test "a register that holds foreign objects is not used" {
	lab_certificate "$(loop_new $MIB)"
	in_register "CREATE VIEW nice AS SELECT 1"
	cw register list --json
	exits 10
	loop=$(loop_new $MIB)
	before=$(sha256sum <"$(loop_file "$loop")")
	wipe_listed "$loop" --json
	[ "$status" != 0 ]
	[ "$(sha256sum <"$(loop_file "$loop")")" = "$before" ]
}

# ---- policies ----

@test "policy list and show: every policy that is shipped is sound" {
	cw policy list --json
	exits 0
	json '[.policies[].id] | contains(["default", "ism", "lab", "legacy-contract", "nist-800-88r1"])'
	json '[.policies[] | select(.error)] == []'
	for id in $(value '.policies[].id'); do
		cw policy show "$id" --json
		exits 0
		# shellcheck disable=SC2016
		json '.id == $id and (.sha256 | length == 64)' --arg id "$id"
		cw policy check "$ROOT/share/policy/$id.policy"
		exits 0
	done
	cw policy show default --json
	json '.virtualMedia == false'
}

@test "policy check says which line is wrong" {
	policy=$SCRATCH/own.policy
	# mistake SED TEXT...: after that change the check fails, naming the file, the line and these words.
	mistake() {
		sed "$1" "$ROOT/share/policy/lab.policy" >"$policy"
		cw policy check "$policy" --json
		exits 2
		for text in "${@:2}"; do
			# shellcheck disable=SC2016
			json '.error.message | contains($text)' --arg text "$text"
		done
	}
	line=$(grep -n '^labels' "$ROOT/share/policy/lab.policy" | cut -d : -f 1)
	mistake 's/^labels/lables/' "own.policy:$line:" lables
	line=$(grep -n '^virtual-media' "$ROOT/share/policy/lab.policy" | cut -d : -f 1)
	mistake 's/^virtual-media = .*/virtual-media = sometimes/' "own.policy:$line:" virtual-media
	mistake 's/^mandatory =.*/mandatory = unit colour/' colour
	mistake 's/^magnetic = .*/magnetic = gutmann36/' gutmann36
	mistake 's/^standard = .*/standard = nist-800-88r9/' nist-800-88r9
	mistake '/^flash/d' flash
	mistake 's/^\[evidence\]/[evidences]/' evidences
	cw policy check "$SCRATCH/nothing" --json
	exits 2
}

@test "a policy of this state directory goes before one of that name that is shipped, and no name leads out of the folders" {
	mkdir -p "$STATE/policy"
	sed 's/^title = .*/title = Our own laboratory/' "$ROOT/share/policy/lab.policy" >"$STATE/policy/lab.policy"
	cw policy show lab --json
	json '.title == "Our own laboratory"'
	for id in ../policy/lab /etc/passwd "" "LAB" nothing; do
		cw policy show "$id" --json
		[ "$status" != 0 ]
		json '.error.message | length > 0'
	done
}

# ---- documents for people ----

@test "certificate show: by number and by file, stamped, and the same in both ways" {
	lab_certificate "$(loop_new $MIB)"
	cw certificate show "$(basename "$DOC")"
	exits 0
	[ "$(grep -c LABORATORY <<<"$output")" -ge 2 ]
	[[ $output = *"資料清除證明書"* && $output = *"sanitised"* && $output = *"1048576"* ]]
	by_number=$output
	for name in "$DOC" "$DOC/evidence.json" "$DOC/evidence.json.p7s"; do
		cw certificate show "$name"
		exits 0
		[ "$output" = "$by_number" ]
	done
	cw certificate show "$(basename "$DOC")" --json
	[ "$(jq -c -S .document <<<"$output")" = "$(jq -c -S . "$DOC/evidence.json")" ]
}

@test "certificate show: nothing else is a document" {
	lab_certificate "$(loop_new $MIB)"
	for name in 2026-999999 "..%2f..%2fkeys" "$SCRATCH/nothing" "$STATE/keys/root.pem" "$ROOT/README.md" ""; do
		cw certificate show "$name" --json
		[ "$status" != 0 ]
		json '.error.message | length > 0'
	done
}

@test "the report of a refused wipe is called a report, never a certificate" {
	loop=$(loop_new $MIB)
	state_new
	cw wipe "$loop" --policy lab --json --quiet
	exits 8
	DOC=$(certificate_of)
	cw certificate show "$DOC"
	exits 0
	[[ $output != *"Certificate of"* && $output != *"證明書"* ]]
	[[ $output = *"efused"* ]]
	cw verify --lab --trust "$STATE/keys/root.pem" "$DOC" --json
	exits 7
	json '.items[0].type == "destruction-report"'
}

# ---- help ----

@test "help and version need neither state nor root, and name every command" {
	local folder
	folder=$(public_folder)
	cp "$CERTWIPE_BIN" "$folder"
	cw --version
	[[ $output =~ ^certwipe\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	cw --help
	exits 0
	for file in "$ROOT"/src/cli/cmd_*.c; do
		command=$(basename "$file" .c)
		command=${command#cmd_}
		[[ $output = *"  $command "* ]]
		run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$folder/certwipe" "$command" --help
		[ "$status" = 0 ]
		[[ $output = "Usage: certwipe $command"* ]]
		cw --help
	done
	[ ! -e "$STATE" ]
}

@test "no command at all, and an option that a command does not take, are usage errors that say so" {
	cw
	exits 2
	[ -z "$output" ]
	[[ $stderr = *"certwipe --help"* ]]
	cw list --scheme zero
	exits 2
	[[ $stderr = *"--scheme"* ]]
	cw wipe /dev/null --plan "$SCRATCH/plan" --scheme zero
	exits 2
	cw list --lang fr
	exits 2
	for word in --force --yes -y -f; do
		cw wipe /dev/null $word
		exits 2
	done
}
