# SPDX-License-Identifier: Apache-2.0
# runs on the normal build only
# A person at a terminal: the question, the answers, the bar, ^C, and a terminal that goes away.
load helpers
load jobs

MIB=1048576

setup() {
	flow_setup
	command -v expect >/dev/null || skip "needs expect"
	state_new
}

# at_terminal TALK ARG...: runs ARG... at a terminal, where the expect script TALK is the person; sets status and output (the screen).
#   see TEXT    waits until it stands on the screen
#   type TEXT   types a line
#   halted      waits for an executor halted by frozen.py, and gives its process id
#   vanish      the terminal goes away
at_terminal() {
	cat >"$SCRATCH/person" <<-'END'
		set timeout 60
		set stty_init "rows 24 columns 100"
		lassign $argv folder talk
		proc see {text} {
			expect {
				-ex $text {}
				timeout { puts "\nNOT SEEN: $text"; exit 97 }
				eof { puts "\nENDED BEFORE: $text"; exit 98 }
			}
		}
		proc type {text} { send -- "$text\r" }
		proc halted {} {
			global folder
			for {set i 0} {$i < 600 && ![file exists $folder/frozen]} {incr i} { after 100 }
			return [exec cat $folder/frozen]
		}
		proc vanish {} {
			close
			wait
			exit 0
		}
		spawn -noecho {*}[lrange $argv 2 end]
		eval $talk
		expect {
			eof {}
			timeout { puts "\nDOES NOT END"; exit 99 }
		}
		set end [wait]
		if {[lindex $end 4] eq "CHILDKILLED"} { exit [expr {[lindex $end 5] eq "SIGINT" ? 130 : 96}] }
		exit [lindex $end 3]
	END
	TERM=xterm run expect "$SCRATCH/person" "$SCRATCH" "$1" "${@:2}" --state "$STATE" </dev/null 3>&-
	show_last
}

wipe_at_terminal() {
	at_terminal "$1" "$CERTWIPE_BIN" wipe --policy lab "${@:2}"
}

# nothing_done EXIT WORDS: the wipe ended so, said so, and wrote nothing.
nothing_done() {
	exits "$1"
	[[ $output = *"$2"* ]]
	is_untouched
	run ! grep -l '"type":"destruction-certificate"' "$STATE"/certificates/*/*/evidence.json
}

# document N: folder of the Nth document of this station.
document() {
	echo "$STATE/certificates/$(date -u +%Y)/$(date -u +%Y)-00000$1"
}

lab_medium() {
	loop=$(loop_new "${1:-$MIB}")
	image=$(loop_file "$loop")
	remember "$image"
}

# lab_certified LOOP N: the Nth document is a certificate that verifies, and the medium holds it.
lab_certified() {
	jq -e '.type == "destruction-certificate" and .verdict.result == "sanitised"' "$(document "$2")/evidence.json"
	lab_verify "$(document "$2")"
	exits 0
	"$BATS_TEST_DIRNAME/holds.py" "$(document "$2")" "$1"
}

@test "the last six characters authorise it, and a bar shows how it goes" {
	lab_medium $((4 * MIB))
	wipe_at_terminal "see {last six characters}; type {${image: -6}}" "$loop"
	exits 0
	[[ $output = *"will be destroyed"*"overwriting 1/2"*"reading back 2/2"* ]]
	[[ $output = *"100 %"*"[####################]"* ]]
	[[ $output = *LABORATORY* ]]
	lab_certified "$loop" 1
	grep -q '"method":"serial"' "$(document 1)/journal.jsonl"
}

@test "the whole serial number authorises it too" {
	lab_medium
	wipe_at_terminal "see {last six characters}; type {$image}" "$loop"
	exits 0
	lab_certified "$loop" 1
}

@test "a slip may be mended: wrong, wrong, right" {
	lab_medium
	wipe_at_terminal "foreach answer {nosuch ${image: -5}} { see {last six}; type \$answer; see {does not name} }
		see {last six}; type {${image: -6}}" "$loop"
	exits 0
	lab_certified "$loop" 1
}

@test "three wrong answers are the end: 8, on record, nothing written" {
	lab_medium
	wipe_at_terminal "foreach wrong {nosuch yes ${image:0:6}} { see {last six}; type \$wrong }" "$loop"
	nothing_done 8 "does not name"
	jq -e '.type == "destruction-report"' "$(document 1)/evidence.json"
	cw jobs --json
	json '.jobs == []'
}

@test "words of consent are no answer: 8, nothing written" {
	for answer in y yes YES force "$(basename "$(loop_new $MIB)")"; do
		lab_medium
		wipe_at_terminal "foreach i {1 2 3} { see {last six}; type {$answer} }" "$loop"
		nothing_done 8 "does not name"
	done
}

@test "hostile answers are wrong answers: 8, nothing written" {
	lab_medium
	wipe_at_terminal 'see {last six}; type "\033\[A\033]0;x\007"; see {last six}; type [string repeat n 3000]; see {too long}; type "%n%s"; see {last six}; type wrong' "$loop"
	nothing_done 8 "does not name"
	[[ $output != *$'\033]0;x\a does'* ]]
}

@test "Enter alone, the end of input, and ^C at the question: nothing written" {
	lab_medium
	wipe_at_terminal 'see {last six}; type {}' "$loop"
	nothing_done 8 "did not authorise"
	wipe_at_terminal 'see {last six}; send \004' "$loop"
	nothing_done 8 "did not authorise"
	wipe_at_terminal 'see {last six}; send \003' "$loop"
	nothing_done 130 ""
	wait_free "$loop"
	cw jobs --json
	json '.jobs == []'
	wipe_listed "$loop"
	exits 0
}

@test "a terminal that goes away at the question: nothing written, nothing held" {
	lab_medium
	wipe_at_terminal 'see {last six}; vanish' "$loop"
	wait_free "$loop"
	is_untouched
	cw jobs --json
	json '.jobs == []'
}

@test "each medium is asked for by itself; the refused one stays as it was" {
	first=$(loop_new $MIB)
	second=$(loop_new $MIB)
	remember "$(loop_file "$first")"
	serial=$(loop_file "$second")
	wipe_at_terminal "see {$first}; see {last six}; type {}; see {$second}; see {last six}; type {${serial: -6}}" "$first" "$second"
	exits 8
	is_untouched
	lab_certified "$second" 2
}

@test "an answer typed for one medium does not authorise another" {
	first=$(loop_new $MIB)
	second=$(loop_new $MIB)
	remember "$(loop_file "$first")" "$(loop_file "$second")"
	serial=$(loop_file "$second")
	wipe_at_terminal "foreach i {1 2 3} { see {last six}; type {${serial: -6}} }" "$first"
	nothing_done 8 "does not name"
}

@test "standard input that is no terminal is not asked: 8" {
	lab_medium
	printf '%s\n' "${image: -6}" >"$SCRATCH/answer"
	at_terminal '' sh -c "\"\$@\" <$SCRATCH/answer" sh "$CERTWIPE_BIN" wipe "$loop" --policy lab
	nothing_done 8 "no terminal"
}

@test "--plain redraws nothing; --json leaves the document alone on standard output" {
	lab_medium $((4 * MIB))
	at_terminal "see {last six}; type {${image: -6}}" sh -c "\"\$@\" >$SCRATCH/answer" sh "$CERTWIPE_BIN" wipe "$loop" --policy lab --json --plain
	exits 0
	[[ $output != *$'\033'* && $output = *"overwriting 1/2"* && $output != *"###"* ]]
	output=$(<"$SCRATCH/answer")
	json '.results[0].type == "destruction-certificate"'
}

# front_frozen TALK DEV: a wipe at a terminal whose executor is halted in mid-write while TALK goes on.
front_frozen() {
	rm -f "$SCRATCH/frozen"
	at_terminal "$1" "$BATS_TEST_DIRNAME/frozen.py" "$2" $FROZEN_AT "$SCRATCH/frozen" "$CERTWIPE_BIN" wipe --policy lab "$2"
}

@test "^C while wiping: stops at a checkpoint with a signed report, 130; resumed: a certificate that supersedes it" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	front_frozen "see {last six}; type {${image: -6}}; set pid [halted]; send \\003; see {Stopping at a checkpoint}; exec kill -CONT \$pid" "$loop"
	exits 130
	jq -e '.type == "destruction-report"' "$(document 1)/evidence.json"
	lab_verify "$(document 1)"
	exits 7
	at_terminal '' "$CERTWIPE_BIN" resume
	exits 0
	[[ $output = *"Going on with job"*"reading back 2/2"* ]]
	lab_certified "$loop" 2
	[ "$(jq -r .supersedes.certificateId "$(document 2)/evidence.json")" = "$(basename "$(document 1)")" ]
}

@test "^C twice is no more than ^C once" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	front_frozen "see {last six}; type {${image: -6}}; set pid [halted]
		send \\003; see {Stopping at a checkpoint}; send \\003; send \\003; after 300; exec kill -CONT \$pid" "$loop"
	exits 130
	jq -e '.type == "destruction-report"' "$(document 1)/evidence.json"
	cw resume
	exits 0
	lab_certified "$loop" 2
}

@test "the terminal goes away while wiping: the job goes on, jobs shows it, and it ends with a certificate" {
	loop=$(loop_sparse $FROZEN_SIZE)
	image=$(loop_file "$loop")
	front_frozen "see {last six}; type {${image: -6}}; halted; vanish" "$loop"
	EXECUTOR=$(<"$SCRATCH/frozen")
	cw jobs --json
	exits 0
	json '.jobs | length == 1 and .[0].state == "running"'
	thaw
	wait_until 60 test -e "$(document 1)/evidence.json.p7s"
	wait_until 60 no_job_is_left
	lab_certified "$loop" 1
}

no_job_is_left() {
	[ "$("$CERTWIPE_BIN" jobs --json --state "$STATE" | jq '.jobs | length')" = 0 ]
}

# ---- physical destruction ----

@test "destroy asks in plain words, says what is wrong with an answer at once, and the witness answers behind the operator" {
	head -c 500 /dev/urandom >"$SCRATCH/heap.jpg"
	at_terminal '
		see "What is it?"; type "stick"; see "none of these words"; see "What is it?"; type "cd-r"
		see "Make"; type ""; see "Model"; type ""; see "Serial number from the label"; type ZZ-9; see "disintegrate, incinerate, melt"
		see "How was it destroyed?"; type burn; see "must be one of"; see "How was it destroyed?"; type degauss; see "no effect on optical"
		see "How was it destroyed?"; type Disintegrate; see "How many"; type 0; see "whole number"; see "How many"; type 1; see "Machine"; type ""
		see "Contractor"; type ""; see "Contractor"; type "Ash Ltd"; see "own document"; type ""; see "Largest particles"; type 10
		see "Level of ISO"; type E-5; see "O-1 to O-7"; see "Level of ISO"; type O-5; see "Standard"; type ""; see "Where?"; type Miaoli
		see "begin?"; type "2026-01-05 25:00"; see "begin?"; type "2026-01-05 14:00"; see "end?"; type "2026-01-05 13:10"; see "before it began"
		see "end?"; type "2026-01-05 14:10"; see "operator:"; type Wang; see "Weight"; type ""; see "manifest"; type ""
		see "Photograph"; type "no such file"; see "cannot be found"; see "Photograph"; type "'"$SCRATCH"'/heap.jpg"; see "Another"; type ""
		see "Type `record`"; type record; see "Now the witness"; see "your name"; type Lee; see "how was it destroyed?"; type burn; see "One of"
		see "how was it destroyed?"; type Disintegrate; see "how many"; type one; see "whole number"; see "how many"; type 1
	' "$CERTWIPE_BIN" destroy
	exits 0
	[[ $output = *"The medium was destroyed physically before a witness."* ]]
	cw register list --json
	json '.answer[-1] | .kind == "certificate" and .level == "destroy"'
	cmp "$SCRATCH/heap.jpg" "$(document 1)/attachments/photo-1.jpg"
}

@test "an operator who gives up has recorded nothing, and the medium stays on the list" {
	loop=$(loop_new $MIB)
	at_terminal 'see "How was it destroyed?"; type shred; see "Machine"; send "\x04"' "$CERTWIPE_BIN" destroy "$loop" --policy lab
	exits 8
	[[ $output = *"Nothing was recorded"* ]]
	cw case list --open --json
	json '.answer | length == 1 and .[0].awaits == "destruction"'
}

@test "who mistypes the last word of a destruction is asked again, and who gives up is told with which job to go on" {
	local stick='see "What is it?"; type "USB stick"; see Make; type Acme; see Model; type ""; see "Serial number"; type ""; see "property number"; type T-1; see "How was it destroyed?"'
	at_terminal "$stick; type \"\"" "$CERTWIPE_BIN" destroy
	exits 8
	job=$("$CERTWIPE_BIN" register list --json --state "$STATE" | jq -r '.answer[-1].jobId')
	[[ $output = *"Nothing was recorded"*"certwipe destroy --job $job"* ]]
	at_terminal 'see "How was it"; type incinerate; see media; type 1; see Machine; type Oven; see "Serial number"; type ""; see Contractor; type "";
		see Standard; type ""; see Where; type here; see begin; type "2026-01-05 06:00"; see end; type ""; see operator; type Wang; see Weight; type ""; see manifest; type ""; see Photograph; type "";
		see "Type `record`"; type "Wang"; see "Type `record`"; type record; see "your name"; type Wang; see "how was it"; type incinerate; see "how many"; type 1' "$CERTWIPE_BIN" destroy --job "$job"
	exits 8
	[[ $output = *"another person"*"certwipe destroy --confirm $job"* ]]
	at_terminal 'see "your name"; type Li; see "how was it"; type incinerate; see "how many"; type 1' "$CERTWIPE_BIN" destroy --confirm "$job"
	exits 0
	[[ $output = *"The case is closed"* ]]
}
