// SPDX-License-Identifier: Apache-2.0
// A word for each state of a launch and for each event.

#include "cli/transitions.h"

#include <assert.h>

static const char *const state_words[] = {
	[RUN_GREETING] = "greeting",   [RUN_CAPABILITIES] = "capabilities",
	[RUN_STATUS] = "status",       [RUN_SEV] = "sev",
	[RUN_MEASURE] = "measure",     [RUN_OWNER] = "launch-secret",
	[RUN_INJECT] = "inject",       [RUN_CONT] = "cont",
	[RUN_CONFIRM] = "confirm",     [RUN_RUNNING] = "running",
	[RUN_POWERDOWN] = "powerdown", [RUN_QUIT] = "quit",
	[RUN_ENDING] = "ending",       [RUN_KILLED] = "killed",
	[RUN_GONE] = "gone",
};
static_assert(ARRAY_LEN(state_words) == RUN_STATES, "each state has a word");

static const char *const event_words[] = {
	[ON_GREETING] = "greeting",
	[ON_REPLY] = "reply",
	[ON_REPLY_SECRET] = "reply (launch-secret)",
	[ON_REFUSAL] = "refusal",
	[ON_SHUTDOWN] = "SHUTDOWN",
	[ON_NEWS] = "event",
	[ON_STOP_WISH] = "signal",
	[ON_KILL_WISH] = "kill",
	[ON_CONTINUE] = "continue",
	[ON_DEADLINE] = "deadline",
	[ON_PROTOCOL] = "protocol error",
	[ON_CLOSED] = "end of QMP",
	[ON_GONE] = "end of QEMU",
};
static_assert(ARRAY_LEN(event_words) == RUN_EVENTS, "each event has a word");

const char *run_state_word(enum run_state state)
{
	return state_words[state];
}

const char *run_event_word(enum run_event event)
{
	return event_words[event];
}
