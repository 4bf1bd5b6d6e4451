#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc --help` answers, and what the documentation shows is what lkmc prints.
set -u
. "$(dirname "$0")/checks.sh"

expect 0 --help
says out '^ *check '
# code LANGUAGE FILE: the block of code in that language.
code() { awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```$/ { inside = 0 } inside' "$start/docs/$2"; }

expect 0 check --help
code text command-line.md >documented
check 'the documented help' cmp -s out documented

expect 0 replay --help
code help command-line.md >documented
check 'the documented help of replay' cmp -s out documented

expect 0 batch --help
code help batch.md >documented
check 'the documented help of batch' cmp -s out documented

expect 0 compare --help
code compare batch.md >documented
check 'the documented help of compare' cmp -s out documented

expect 0 merge --help
code merge scale.md >documented
check 'the documented help of merge' cmp -s out documented

code c trace-format.md >sb.litmus
code json trace-format.md >documented
expect 0 check --trace sb.json sb.litmus
check 'the documented trace' cmp -s sb.json documented

summary
