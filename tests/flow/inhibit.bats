# SPDX-License-Identifier: Apache-2.0
# The computer neither sleeps nor shuts down while a job runs, on a bus of our own with a stand-in for systemd-logind.
# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process of its own; run sets output, stderr and status
load helpers
load jobs

setup() {
	flow_setup
	state_new
	cat >"$SCRATCH/bus.conf" <<-END
		<busconfig>
		<type>system</type><listen>unix:path=$SCRATCH/bus</listen><auth>EXTERNAL</auth>
		<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
		</busconfig>
	END
	dbus-daemon --nofork --config-file="$SCRATCH/bus.conf" 3>&- &
	BUS=$!
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$SCRATCH/bus
	wait_until 20 test -S "$SCRATCH/bus"
}

teardown() {
	[ -z "${LOGIND:-}" ] || kill "$LOGIND"
	[ -z "${BUS:-}" ] || kill "$BUS"
	jobs_teardown
	flow_teardown
}

start_logind() {
	"$(dirname "$CERTWIPE_BIN")/login1" "$SCRATCH/logind.log" 3>&- &
	LOGIND=$!
	wait_until 20 logind_said ready
}

logind_said() {
	grep -q "^$1" "$SCRATCH/logind.log" 2>/dev/null
}

@test "held off from the first write to the end of the job" {
	start_logind
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	logind_said "inhibited shutdown:sleep:handle-lid-switch block certwipe: A medium is being wiped"
	run ! logind_said released
	thaw
	wait_front
	exits 0
	wait_until 20 logind_said released
}

@test "held off by the executor alone when screen and broker are gone" {
	start_logind
	loop=$(loop_sparse $FROZEN_SIZE)
	wipe_frozen "$loop"
	kill -KILL "$(awk '$1 == "PPid:" { print $2 }' "/proc/$EXECUTOR/status")" "$FRONT"
	wait_front
	sleep 1
	run ! logind_said released
	thaw
	wait_until 60 logind_said released
	cw jobs --json
	json '.jobs[0].running == false'
}

@test "nothing is held off for who only looks, and a bus without logind does no harm" {
	start_logind
	loop=$(loop_sparse $FROZEN_SIZE)
	cw list --all --json
	exits 0
	cw plan "$loop" --policy lab --json
	exits 0
	run ! logind_said inhibited
	kill "$LOGIND"
	wait "$LOGIND" || :
	unset LOGIND
	cw wipe "$loop" --policy lab --authorise "$(list_of "$loop")" --json
	exits 0
}
