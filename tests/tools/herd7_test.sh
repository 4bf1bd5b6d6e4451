#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/herd7 in herd7's place: the scripts of the kernel's tools/memory-model, as Debian's linux-source-6.12 has them, run on it
# unchanged.
set -u
tools=$(dirname "$(readlink -f "$2")")
. "$3"
export LKMC=$lkmc PATH=$tools:$PATH

# What it answers itself.
herd7 -version >out 2>err
check 'the version' grep -q '^lkmc ' out
herd7 -unroll 3 sb.litmus >out 2>err
check 'status 0' [ $? -eq 0 ]
says out '^Observation SB Sometimes 1 3$'
sed 's/^exists/~exists/' sb.litmus >violated.litmus
herd7 violated.litmus >out 2>err
check 'status 0 whatever the verdict' [ $? -eq 0 ]
printf 'C unknown\n{}\nP0(int *x)\n{\n\tfrobnicate(x);\n}\nexists (x=0)\n' >unknown.litmus
herd7 unknown.litmus sb.litmus >out 2>err
check 'status 2' [ $? -eq 2 ]
says err '^Warning: File "unknown.litmus": Unknown macro frobnicate (User error)$'
says out '^Observation SB '
for wrong in '' '-conf' '-conf missing.cfg sb.litmus' '-frobnicate sb.litmus' '-o missing sb.litmus'; do
  # shellcheck disable=SC2086
  herd7 $wrong >out 2>err
  check "herd7 $wrong: status 2" [ $? -eq 2 ]
  says err '^herd7: '
done
printf 'A\nAArch64 x\n' >arm.litmus
check 'mselect7' [ "$(printf 'sb.litmus\narm.litmus\n' | mselect7 -arch C)" = sb.litmus ]

source=/usr/src/linux-source-6.12.tar.xz
if [ ! -e "$source" ] || [ ! -x /usr/bin/time ]; then
  echo 'linux-source-6.12 or time is not installed: the rest is not tested'
  summary
  exit
fi
tar --extract --xz --file "$source" linux-source-6.12/tools/memory-model
cd linux-source-6.12/tools/memory-model || exit 1

sh scripts/checkalllitmus.sh --timeout 30m >out 2>err
check 'checkalllitmus.sh: all as expected' [ $? -eq 0 ]
says err '^All litmus tests verified as was expected\.$'
check 'each has an Observation' [ "$(grep -l '^Observation' litmus-tests/*.out | wc -l)" -eq "$(find litmus-tests -name '*.litmus' | wc -l)" ]
sed 's/Result: Sometimes/Result: Never/' litmus-tests/SB+poonceonces.litmus >litmus-tests/wrong.litmus
sh scripts/checkalllitmus.sh --timeout 30m >out 2>err
check 'checkalllitmus.sh: one is not' [ $? -eq 1 ]
says out '!!! Unexpected non-Never verification litmus-tests/wrong.litmus'

# The history of a collection: a first run, one for what is new, and one to compare.
mkdir litmus
cp litmus-tests/SB*.litmus litmus-tests/LB*.litmus litmus
sh scripts/initlitmushist.sh --timeout 30m >out 2>err
says err '^All runs completed successfully\.$'
cp "$folder/unknown.litmus" litmus-tests/MP+poonceonces.litmus litmus
sh scripts/newlitmushist.sh --timeout 30m >out 2>err
says out '!!! Herd failed, exit code 2: litmus/unknown.litmus'
check 'the new one was run' grep -q '^Observation' litmus/MP+poonceonces.litmus.out
bash scripts/checklitmushist.sh --timeout 30m >out 2>err
says err '^Exact output matches: '
check 'no other match' [ "$(grep -c '^Matching' err)" -eq 0 ]
says err '^!!! Unknown primitive: 1$'

summary
