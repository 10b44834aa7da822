# SPDX-License-Identifier: Apache-2.0
# runs beside others
# Physical destruction: what awaits it, what was done, the second person, and the document that carries both steps.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load destroying

# ---- one medium by hand ----

@test "a disc that nobody can wipe: by hand, with photographs and a second person, to a certificate that stock openssl accepts" {
	state_new
	head -c 70000 /dev/urandom >"$SCRATCH/heap.JPG"
	by_hand method=disintegrate particle-mm2=10 particle-level=O-5 "photo-1=$SCRATCH/heap.JPG" "[medium]" kind=CD_R vendor=Acme serial=ZZ-1234
	exits 8
	[[ $stderr = *"waits for its witness"* ]]
	confirmed name=李四 method=disintegrate count=1
	exits 0
	json '.results[0] | .type == "destruction-certificate" and .level == "destroy"'
	jq -e '.schema == "certwipe/destruction/1" and .title.zh_TW == "銷毀證明書" and .title.en == "Certificate of Destruction" and .medium.serialSource == "label" and
		.destruction.witness.name == "李四" and .destruction.attachments[0].name == "photo-1.jpg" and .destruction.statutoryMethod == 4' "$DOC/evidence.json"
	cmp "$SCRATCH/heap.JPG" "$DOC/attachments/photo-1.jpg"
	openssl_accepts "$DOC"
	verifies 0
	json '.items[0].checks | any(.name == "attachments" and .passed)'
	[ ! -e "$STATE/journals/$(last_job).attached" ]
	cw case list --json
	json '.answer[0] | .state == "closed" and .awaits == "nothing"'
	cw register check --json
	exits 0
}

@test "a photograph that was changed afterwards, or is missing, is found by verify and by the station itself" {
	state_new
	head -c 5000 /dev/urandom >"$SCRATCH/a.png"
	by_hand method=incinerate "photo-1=$SCRATCH/a.png" "[medium]" kind=USB_STICK
	confirmed name=李四 method=incinerate count=1
	exits 0
	flip "$DOC/attachments/photo-1.png" 4321
	verifies 10
	json '.items[0].reason | contains("photo-1.png")'
	cw register check --json
	exits 10
	rm "$DOC/attachments/photo-1.png"
	verifies 7
}

@test "the PDF carries the photographs, and one that was changed in it is found" {
	state_new
	head -c 70000 /dev/urandom >"$SCRATCH/heap.JPG"
	head -c 9000000 /dev/urandom >"$SCRATCH/large.png"
	head -c 3000 /dev/urandom >"$SCRATCH/after.png"
	by_hand method=melt "photo-1=$SCRATCH/heap.JPG" "photo-2=$SCRATCH/large.png" "photo-3=$SCRATCH/after.png" "[medium]" kind=USB_STICK
	confirmed name=李四 method=melt count=1
	exits 0
	verifies 0
	number=$(basename "$DOC")
	cd "$SCRATCH"
	pdfdetach -saveall -o "$SCRATCH" "$DOC/$number.pdf"
	cmp heap.JPG photo-1.jpg
	cmp after.png photo-3.png
	[ ! -e photo-2.png ] # too large; its digest stands in the evidence
	[ "$(strings "$DOC/$number.pdf" | grep -c "Subtype/image#2F")" = 2 ]
	mkdir alone
	cp "$DOC/$number.pdf" alone/
	DOC=$SCRATCH/alone verifies 0
	json '.items[0].checks | any(.name == "pdf-photos" and .passed)'
	"$ROOT/tests/flow/photo.py" alone/"$number.pdf" alone/forged.pdf
	rm "alone/$number.pdf"
	DOC=$SCRATCH/alone verifies 10
	json '.items[0].reason | contains("photograph")'
	cw certificate export "$number" --json
	exits 0
	DOC=$SCRATCH/$number verifies 0
	cmp large.png "$number/attachments/photo-2.png"
	flip "$number/attachments/photo-3.png" 1234
	DOC=$SCRATCH/$number verifies 10
}

@test "the pages show both languages, and what is no level is a report with its own title" {
	state_new
	by_hand method=punch "[medium]" kind=HDD_ATA serial=WD-1
	confirmed name=李四 method=punch count=1
	exits 7
	jq -e '.type == "destruction-report" and .title.zh_TW == "銷毀未完成報告" and .verdict.level == "none" and (.nextStep.en | contains("disintegrate"))' "$DOC/evidence.json"
	verifies 7
	pdftotext "$DOC/$(basename "$DOC").pdf" - | tr -d ' \n' >"$SCRATCH/page.txt"
	grep -q "報告：非銷毀證明" "$SCRATCH/page.txt"
	grep -q "穿孔" "$SCRATCH/page.txt"
	cw case list --open --json
	json '.answer[0] | .awaits == "destruction" and (.why | contains("report"))'
	cw audit --json
	exits 7
	json '.findings | any(.kind == "destruction-not-recorded")'
}

# ---- what does nothing is not recorded ----

@test "degaussing a stick, an SSD or a disc, and grinding anything but a CD, is refused with the reason, and nothing is signed" {
	state_new
	for kind in USB_STICK SSD_ATA NVME SD_CARD DVD_R CD_RW; do
		by_hand method=degauss field-oersted=10000 coercivity-oersted=3000 "[medium]" "kind=$kind"
		exits 3
		[[ $stderr = *"no effect on optical or flash media"* ]]
	done
	for kind in DVD_R BD_RE HDD_ATA; do
		by_hand method=grind "[medium]" "kind=$kind"
		exits 3
		[[ $stderr = *"CDs only"* ]]
	done
	[ -z "$(ls "$STATE/certificates")" ]
	cw case list --open --json
	json '(.answer | length == 9) and (.answer | all(.awaits == "destruction"))'
}

@test "degaussing a hard disk is Purge, and carries the name that the standard of the record has for it" {
	state_new
	for standard in "NIST SP 800-88 Rev. 2=purge" "IEEE 2883-2022=destruct"; do
		by_hand method=degauss field-oersted=10000 coercivity-oersted=5000 field-verified=2026-01-02 "standard=${standard%=*}" "[medium]" kind=HDD_ATA
		exits 8
		confirmed name=李四 method=degauss count=1
		exits 0
		# shellcheck disable=SC2016
		jq -e --arg category "${standard#*=}" '.sanitization.levelClaimed == "purge" and .destruction.category == $category and .title.en == "Certificate of Sanitization" and
			(.caveats | any(.id == "K10"))' "$DOC/evidence.json"
		verifies 0
	done
}

@test "what is missing or contradicts itself is told with the field's name" {
	state_new
	by_hand place= "[medium]" kind=CD_R
	exits 8
	[[ $stderr = *'"place"'* ]]
	by_hand ended=2026-01-05T05:00:00Z "[medium]" kind=CD_R
	exits 2
	by_hand ended=2099-01-01T00:00:00Z "[medium]" kind=CD_R
	exits 2
	by_hand particle-level=E-4 "[medium]" kind=CD_R
	exits 2
	by_hand particle-level=O-5 particle-mm2=30 "[medium]" kind=CD_R
	exits 2
	by_hand colour=red "[medium]" kind=CD_R
	exits 2
	[[ $stderr = *"line"* ]]
	by_hand "[medium]" kind=PAPER
	exits 2
	by_hand method=burn "[medium]" kind=CD_R
	exits 2
	by_hand
	exits 8
	[[ $stderr = *"kind of the medium"* ]]
}

# ---- two people ----

@test "the same person twice, or a witness who saw something else, signs nothing; a wrong record is replaced" {
	state_new
	by_hand method=melt "[medium]" kind=USB_STICK
	exits 8
	confirmed "name=王 小明" method=melt count=1
	exits 8
	confirmed name=李四 method=shred count=1
	exits 8
	confirmed name=李四 method=melt count=2
	exits 8
	confirmed method=melt count=1
	exits 8
	[ -z "$(ls "$STATE/certificates")" ]
	cw jobs --json
	json '.jobs[0].words | contains("witness")'
	cw destroy --job "$(last_job)" --record "$(record method=incinerate)" --quiet
	exits 8
	confirmed name=李四 method=incinerate count=1
	exits 0
	jq -e '.destruction.method == "incinerate"' "$DOC/evidence.json"
	confirmed name=李四 method=incinerate count=1
	exits 4
}

# ---- a batch ----

@test "a spindle of discs is one job with a count and a list, and both must agree" {
	state_new
	printf 'label,serial\n光碟 1,\n光碟 2,\n光碟 3,S-3\n' >"$SCRATCH/discs.csv"
	cw destroy --record "$(record method=disintegrate particle-mm2=5 count=2 "[medium]" kind=DVD_R)" --list "$SCRATCH/discs.csv" --quiet
	exits 2
	[[ $stderr = *"3 media"* ]]
	cw destroy --job "$(last_job)" --record "$(record method=disintegrate particle-mm2=5 count=3)" --list "$SCRATCH/discs.csv" --quiet
	exits 8
	confirmed name=李四 method=disintegrate count=3
	exits 0
	jq -e '.destruction.count == 3 and (.destruction.items | length) == 3 and .destruction.items[2].serial == "S-3"' "$DOC/evidence.json"
	verifies 0
}

# ---- on the shelf ----

@test "--later puts a medium that is plugged in on the list of what awaits destruction, with its identity as the device tells it" {
	state_new
	loop=$(loop_new $MIB)
	cw destroy "$loop" --policy lab --later --json
	exits 0
	json '.readByDevice and .laboratory'
	job=$(value .jobId)
	cw case list --open --json
	json '.answer[0] | .awaits == "destruction" and (.why | contains("awaits physical destruction"))'
	cw audit --lab --json
	exits 7
	json '[.findings[].kind] == ["destruction-not-recorded"]'
	cw destroy --job "$job" --record "$(record)" --quiet
	exits 2
	[[ $stderr = *"before the medium was last seen"* ]]
	cw destroy --job "$job" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	confirmed name=李四 method=shred count=1
	exits 7 # no level for a virtual medium
	jq -e '.laboratory and .medium.virtual and .medium.serialSource == "backing-file"' "$DOC/evidence.json"
	cw resume "$job" --close --reason "done with" --json
	exits 2
}

@test "a laboratory medium and a real policy never mix, and one in use is not destroyed" {
	state_new
	loop=$(loop_new $MIB)
	cw destroy "$loop" --later
	exits 3
	cw destroy --policy lab --record "$(record "[medium]" kind=CD_R)"
	exits 3
	cw destroy /dev/null --later
	exits 3
}

# ---- two steps ----

@test "a wipe under the county's policy and the shredding after it give one certificate that carries both and closes the case" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wiped_under_county "$loop"
	cw case list --open --json
	json '.answer[0] | .awaits == "destruction" and (.why | contains("physical destruction that must follow"))'
	cw destroy --job "$JOB" --record "$(record operator= place= "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	confirmed name=李四 method=shred count=1
	exits 0
	json '.results[0] | .type == "destruction-certificate" and .level == "clear"'
	# shellcheck disable=SC2016
	jq -e --arg digest "$(sha256sum "$WIPED/evidence.json" | cut -d ' ' -f 1)" '.wipe.sha256 == $digest and .wipe.level == "clear" and .wipe.verification.result == "pass" and
		.destruction.operator == "王小明" and .case.approvalNumber == "A-2026-001" and .title.zh_TW == "銷毀證明書" and (.caveats | any(.id == "K12"))' "$DOC/evidence.json"
	verifies 0
	openssl_accepts "$DOC"
	cw verify --lab --trust "$STATE/keys/root.pem" "$WIPED"
	exits 0
	cw case list --json
	json '.answer | length == 1 and .[0].state == "closed"'
	cw register check
	exits 0
}

@test "shreds that are larger than the policy allows do not close the case of a medium that was wiped; incinerating them does not come too late" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wiped_under_county "$loop"
	cw destroy --job "$JOB" --record "$(record particle-mm2=160 "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	confirmed name=李四 method=shred count=1
	exits 7
	cw case list --open --json
	json '.answer | length == 1'
	sleep 1
	cw destroy --job "$JOB" --record "$(record method=incinerate "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	confirmed name=李四 method=incinerate count=1
	exits 0
	# shellcheck disable=SC2016
	jq -e --arg before "2026-000002" '.supersedes.certificateId != "" and (.wipe.certificateId | endswith("000001"))' "$DOC/evidence.json"
	cw case list --open --json
	json '.answer | length == 0'
}

@test "a wipe whose own document was tampered with gets no second one" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	wiped_under_county "$loop"
	flip "$WIPED/evidence.json" 100
	cw destroy --job "$JOB" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	confirmed name=李四 method=shred count=1
	exits 9
}

@test "a wipe that was stopped has to be closed first, and then the medium is destroyed without typing anything twice" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	county_policy
	cw destroy --job 20260101-000000-0000abcd --record "$(record)"
	exits 4
	# written lines of a job that was cut off
	wiped_under_county "$loop"
	journal=$STATE/journals/$JOB.jsonl
	head -n 8 "$journal" >"$journal.cut"
	cat "$journal.cut" >"$journal"
	cw destroy --job "$JOB" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 3
	[[ $stderr = *"resume JOB --close"* ]]
	cw resume "$JOB" --close --reason "it went into the fire" --json
	exits 7
	cw destroy --job "$JOB" --record "$(record method=incinerate "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	confirmed name=李四 method=incinerate count=1
	exits 7 # of a virtual medium no level can be claimed
	jq -e '.wipe.result != "sanitised" and .wipe.type == "destruction-report"' "$DOC/evidence.json"
}

@test "a wipe that was refused is no case: what is destroyed instead has one of its own, with all that its policy asks" {
	state_new
	county_policy
	loop=$(loop_new $((4 * MIB)))
	cw wipe --policy county --authorise "$(list_of "$loop")" --json "$loop"
	exits 8
	cw destroy --job "$(value '.results[0].jobId')" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 3
	[[ $stderr = *"destroy MEDIUM"* ]]
	cw destroy "$loop" --policy county --later
	exits 8
	[[ $stderr = *"custodian"* ]]
	cw case list --json
	json '.answer | length == 0'
}

@test "tampering with the document, or with what it says of its witness, is found" {
	state_new
	by_hand method=melt "[medium]" kind=SSD_ATA serial=S-9
	confirmed name=李四 method=melt count=1
	exits 0
	cp -r "$DOC" "$SCRATCH/copy"
	DOC=$SCRATCH/copy
	rm "$DOC"/*.pdf
	sed -i 's/李四/李五/' "$DOC/journal.jsonl"
	verifies 10
}

@test "what cannot be wiped as asked, and what must be destroyed besides, names exactly the command to type next" {
	state_new
	loop=$(loop_new $((4 * MIB)))
	cw wipe "$loop" --policy lab --level purge --authorise "$(list_of "$loop")"
	exits 3
	[[ $output = *"certwipe destroy $loop "* ]]
	wiped_under_county "$loop"
	cw destroy --job "$JOB" --record "$(record "started=$(now)" "ended=$(now)")" --quiet
	exits 8
	loop=$(loop_new $((4 * MIB)))
	cw wipe --policy county --case "$SCRATCH/case.ini" --authorise "$(list_of "$loop")" "$loop"
	exits 0
	[[ $output = *"certwipe destroy --job $(last_job)"* ]]
}
