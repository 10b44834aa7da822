# SPDX-License-Identifier: Apache-2.0
# Rules of a policy that stop a running job: the report names the rule and its figures, and says what to do.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

setup() {
	flow_setup
	state_new
}

@test "a medium that is too slow is not waited for, and is gone on with when it is fast again" {
	policy_of lab slow "stop-below-bytes-per-second = 99999999999" "stop-below-for-seconds = 2"
	loop=$(loop_sparse $FROZEN_SIZE)
	start_frozen "$loop" wipe "$loop" --policy slow --authorise "$(list_of "$loop")"
	sleep 2
	thaw
	wait_front
	exits 7
	json '.results[0] | .type == "destruction-report" and .reason == "A rule of the policy stopped the job: the medium is too slow."'
	DOC=$(certificate_of)
	jq -e '.interruptions[0] | .event == "stopped" and .by == "rule" and .rule.name == "rate" and .rule.limit == 99999999999 and .rule.found < .rule.limit and
		.rule.windowSeconds == 2' "$DOC/evidence.json"
	jq -e '.nextStep.en | test("destroy it physically")' "$DOC/evidence.json"
	lab_verify
	exits 7
	cw certificate show "$DOC/evidence.json"
	[[ $output == *"bytes a second; the policy stops a job below 99999999999"* ]]
	# Nothing is wrong with the medium: it may go on.
	cw resume "$JOB" --json
	exits 0
	json '.results[0].type == "destruction-certificate"'
	DOC=$(certificate_of)
	lab_verify
	exits 0
	jq -e '[.interruptions[].event] == ["stopped", "resumed"]' "$DOC/evidence.json"
}

@test "a rule that no policy has is an error with its line" {
	policy_of lab odd "stop-after-moons = 1"
	cw policy check "$STATE/policy/odd.policy"
	exits 2
	[[ $stderr == *"odd.policy:"* && $stderr == *stop-after-moons* ]]
}
