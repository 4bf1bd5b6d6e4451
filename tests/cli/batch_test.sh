#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lkmc batch: every test that was asked for is in the result, whatever became of it, and each format is one that others can read.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache

# record TEST KEY: what the JSON Lines in results.jsonl say of a test.
record() {
  python3 - "$1" "$2" <<'EOF2'
import json, sys
with open("results.jsonl") as lines:
    head, *tests = map(json.loads, lines)
assert head["lkmc_batch"] == 1 and head["tests"] == len(tests)
print(next((t.get(sys.argv[2], "") for t in tests if t["test"] == sys.argv[1]), "no such test"))
EOF2
}
# became TEST OUTCOME [MESSAGE]
became() {
  check "$1 is $2, not $(record "$1" outcome)" [ "$(record "$1" outcome)" = "$2" ]
  [ $# -lt 3 ] || check "$1 says $3, not $(record "$1" message)" grep -q -e "$3" <(record "$1" message)
}

# with_result NAME RESULT CONDITION: a test with a comment that says what it shows.
with_result() {
  sed "1a (* Result: $2 *)" sb.litmus | sed "s/^C SB/C $1/; s/^exists .*/$3/"
}
mkdir -p tests/deeper tests/.hidden
sb='exists (0:r0=0 \/\\ 1:r0=0)'
with_result right Sometimes "$sb" >tests/right.litmus
with_result wrong Never "$sb" >tests/deeper/wrong.litmus
with_result claim Sometimes "~$sb" >tests/claim.litmus
sed "s/^exists/~exists/" sb.litmus >tests/violated.litmus
cp sb.litmus tests/plain.litmus
cp long.litmus tests/long.litmus
echo 'C broken' >tests/broken.litmus
cp sb.litmus tests/.hidden/hidden.litmus
ln -s .. tests/deeper/loop
echo 'int main() {}' >tests/other.cc

expect 2 batch --timeout 10 --report jsonl=results.jsonl tests
became tests/right.litmus passed
became tests/deeper/wrong.litmus failed '^Sometimes, expected Never$'
became tests/claim.litmus passed
became tests/violated.litmus failed '^exists\|^~exists'
became tests/plain.litmus passed
became tests/long.litmus inconclusive
became tests/broken.litmus error
check 'a hidden folder' [ "$(record tests/.hidden/hidden.litmus outcome)" = 'no such test' ]
check 'each file once, no other' [ "$(head -n 1 results.jsonl | python3 -c 'import json; print(json.loads(input())["tests"])')" -eq 7 ]
says out '^failed: tests/deeper/wrong.litmus: Sometimes, expected Never$'
says out '^ *[0-9]  P0  line 6 *WRITE_ONCE'
says out '^error: tests/broken.litmus: '
says out '^slowest:$'
says out '^7 tests: 3 passed, 2 failed, 1 inconclusive, 1 error; '
check 'a line for each test' [ "$(grep -v ' still running: ' err | grep -c '^\[[0-9]*/[0-9]*\] ')" -eq 7 ]

# Which tests.
expect 0 batch --list tests/plain.litmus ./tests/plain.litmus tests/deeper
check 'the list' [ "$(cat out)" = "$(printf 'tests/deeper/wrong.litmus\ntests/plain.litmus')" ]
is_empty err
expect 1 batch --filter '*/wrong.*' --report jsonl=results.jsonl tests
says out '^1 tests: 0 passed, 1 failed; '
expect 2 batch --filter nothing tests
says err '^lkmc: error: no test fits --filter nothing$'
mkdir empty
expect 2 batch empty
says err '^lkmc: error: there is no test in empty$'
expect 2 batch --report jsonl=results.jsonl missing.litmus missing tests/plain.litmus tests/other.cc sb.json /dev/zero
became missing.litmus error '^No such file'
became missing error '^No such file'
became tests/plain.litmus passed
became tests/other.cc error
became /dev/zero error '^it is a pipe or a device'

# The status says the gravest.
expect 0 batch tests/plain.litmus tests/right.litmus
expect 3 batch --timeout 1 tests/plain.litmus tests/long.litmus  # that of the first is known
expect 1 batch --timeout 1 tests/violated.litmus tests/long.litmus

# Ending early.
expect 1 batch --fail-fast --jobs 1 --report jsonl=results.jsonl tests/deeper/wrong.litmus tests/plain.litmus tests/right.litmus
became tests/deeper/wrong.litmus failed
became tests/plain.litmus 'not run' '^a test before it has failed$'
became tests/right.litmus 'not run'

# Expectations.
expect 1 batch --write-expectations expected.txt tests/plain.litmus tests/deeper
says expected.txt '^tests/deeper/wrong.litmus: Sometimes$'
says expected.txt '^tests/plain.litmus: Sometimes$'
expect 0 batch --expectations expected.txt tests/plain.litmus tests/deeper
sed -i 's/^tests.plain.litmus: .*/tests\/plain.litmus: Never/' expected.txt
expect 1 batch --expectations expected.txt tests/plain.litmus tests/deeper
says out '^failed: tests/plain.litmus: Sometimes, expected Never$'
echo nonsense >expected.txt
expect 2 batch --expectations expected.txt tests/plain.litmus
says err '^expected.txt:1:1: error: a line is TEST: RESULT$'
echo 'a: Seldom' >expected.txt
expect 2 batch --expectations expected.txt tests/plain.litmus
says err '^expected.txt:1:1: error: a result is one of '
expect 2 batch --expectations missing.txt tests/plain.litmus
says err '^missing.txt: error: No such file'

# Reports.
expect 2 batch --report xml=out.xml tests
says err '^lkmc: error: --report needs FORMAT=FILE with a FORMAT of text|jsonl|junit|sarif|tap|markdown|html, not xml=out.xml$'
expect 2 batch --report junit=/no/such/folder tests/plain.litmus
says err '^/no/such/folder: error: '
expect 2 batch --report junit=/dev/full tests/plain.litmus
says err '^/dev/full: error: No space left on device$'
expect 2 batch --model missing.cat tests/plain.litmus
says err '^missing.cat: error: '

# Names that are no text, memory, and a name like an option.
name=$(printf 'n\033\377.litmus')
cp sb.litmus "$name"
cp sb.litmus ./-x.litmus
expect 0 batch --report jsonl=results.jsonl --report junit=out.xml ./-x.litmus "$name"
became 'n\x1b\xff.litmus' passed
became -x.litmus passed
check 'no escape' [ "$(cat out err out.xml | grep -c "$(printf '\033')")" -eq 0 ]

# What cannot be read, in a folder: a link to itself and one to nowhere, a pipe, a folder with a test's name.
mkdir -p odd/folder.litmus
ln -s loop.litmus odd/loop.litmus
ln -s nowhere odd/dangling.litmus
mkfifo odd/pipe.litmus
cp sb.litmus odd/folder.litmus/inside.litmus
cp sb.litmus "odd/$name"
expect 2 batch --report jsonl=results.jsonl odd
became odd/loop.litmus error 'symbolic links'
became odd/dangling.litmus error '^No such file'
became odd/pipe.litmus error '^it is a pipe or a device'
became odd/folder.litmus/inside.litmus passed
became 'odd/n\x1b\xff.litmus' passed
says out '^5 tests: 2 passed, 0 failed, 3 error; '

# SIGINT and SIGTERM: what has ended is kept, the rest is said not to have run, and nothing goes on.
for signal in INT TERM; do
  python3 - "$signal" "$lkmc" batch --jobs 1 --report jsonl=results.jsonl --report tap=out.tap tests/claim.litmus tests/long.litmus tests/right.litmus \
    >out 2>err <<'EOF2'
import signal, subprocess, sys
process = subprocess.Popen(sys.argv[2:], stderr=subprocess.PIPE, text=True,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
process.stderr.readline()  # the first test has ended
process.send_signal(getattr(signal, "SIG" + sys.argv[1]))
process.communicate()
sys.exit(process.returncode)
EOF2
  check "SIG$signal: status 3" [ $? -eq 3 ]
  became tests/claim.litmus passed
  check "SIG$signal: the second" grep -q -e '^not run$' -e '^inconclusive$' <(record tests/long.litmus outcome)
  became tests/right.litmus 'not run' '^the batch was interrupted$'
  says out '^3 tests: 1 passed, '
done

command -v "${CXX:=g++}" >/dev/null || { echo 'no C++ compiler: the rest is not tested' && summary && exit; }
export CXX
mkdir cpp
cat >cpp/tests.cc <<'EOF2'
#include <cstdlib>
#include <unistd.h>
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(fine) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
LITMUS(wrong) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
  thread("two", [&] { CHECK_INVARIANT(READ_ONCE(x) == 1, "x is <one> & \"all\""); });
}
LITMUS(crashes) { thread("one", [&] { abort(); }); }
LITMUS(sleeps) { for (;;) pause(); }
LITMUS(forks) { if (fork() == 0) for (;;) pause(); thread("one", [&] {}); }
LITMUS(eats) { for (;;) *static_cast<volatile char *>(operator new(1 << 20)) = 1; }
LITMUS(exits) { thread("one", [&] { exit(0); }); }
EOF2
echo 'LITMUS(x) { nonsense; }' >cpp/broken.cc
expect 2 batch --memory 512 --report jsonl=results.jsonl --report junit=out.xml --report sarif=out.sarif --report tap=out.tap \
  --report markdown=out.md --report text=out.txt cpp tests/right.litmus tests/deeper/wrong.litmus
became cpp/tests.cc:fine passed
became cpp/tests.cc:wrong failed '^x is <one> & "all"$'
became cpp/tests.cc:crashes error 'the test crashed: aborted'
became cpp/tests.cc:sleeps error 'it sleeps'
check 'a test that forks ends' grep -q -e '^passed$' -e '^error$' <(record cpp/tests.cc:forks outcome)
became cpp/tests.cc:eats error 'out of memory'
became cpp/tests.cc:exits error 'ended the program'
became cpp/broken.cc error
check 'the text report' cmp -s out out.txt
# A test that is deleted after it was found, by one that runs before it.
cat >cpp/deletes.cc <<'EOF2'
#include <unistd.h>
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(deletes) { unlink("cpp/goes.cc"); shared<int> x; thread("one", [&] { WRITE_ONCE(x, 1); }); }
EOF2
sed 's/unlink[^;]*;//' cpp/deletes.cc >cpp/goes.cc
expect 2 batch --jobs 1 --report jsonl=results.jsonl cpp/deletes.cc cpp/goes.cc
became cpp/deletes.cc:deletes passed
became cpp/goes.cc:deletes error '^No such file'
rm cpp/deletes.cc
check 'list' [ "$("$lkmc" batch --list --filter '*:f*' cpp/tests.cc)" = "$(printf 'cpp/tests.cc:fine\ncpp/tests.cc:forks')" ]
expect 0 check --list cpp/tests.cc
says out '^cpp/tests.cc:5: fine$'
expect 1 batch --report jsonl=results.jsonl --filter '*:[fw]*' --write-expectations expected.txt cpp/tests.cc
expect 0 batch --expectations expected.txt --filter '*:[fw]*' cpp/tests.cc

# Their readers.
cat >junit.xsd <<'EOF2'
<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:attributeGroup name="counts">
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="skipped" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="time" type="xs:decimal" use="required"/>
  </xs:attributeGroup>
  <xs:complexType name="problem">
    <xs:simpleContent>
      <xs:extension base="xs:string">
        <xs:attribute name="message" type="xs:string" use="required"/>
        <xs:attribute name="type" type="xs:string" use="required"/>
      </xs:extension>
    </xs:simpleContent>
  </xs:complexType>
  <xs:element name="testsuites">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="testsuite" maxOccurs="unbounded">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="testcase" maxOccurs="unbounded">
                <xs:complexType>
                  <xs:choice minOccurs="0">
                    <xs:element name="failure" type="problem"/>
                    <xs:element name="error" type="problem"/>
                    <xs:element name="skipped">
                      <xs:complexType><xs:attribute name="message" type="xs:string"/></xs:complexType>
                    </xs:element>
                  </xs:choice>
                  <xs:attribute name="classname" type="xs:string" use="required"/>
                  <xs:attribute name="name" type="xs:string" use="required"/>
                  <xs:attribute name="file" type="xs:string" use="required"/>
                  <xs:attribute name="line" type="xs:positiveInteger" use="required"/>
                  <xs:attribute name="time" type="xs:decimal" use="required"/>
                </xs:complexType>
              </xs:element>
            </xs:sequence>
            <xs:attributeGroup ref="counts"/>
          </xs:complexType>
        </xs:element>
      </xs:sequence>
      <xs:attributeGroup ref="counts"/>
    </xs:complexType>
  </xs:element>
</xs:schema>
EOF2
check 'JUnit: fits its schema' xmllint --noout --schema junit.xsd out.xml
check 'JUnit: the numbers' [ "$(xmllint --xpath 'string(/testsuites/@errors)' out.xml)" -eq "$(xmllint --xpath 'count(//error)' out.xml)" ]
check 'JUnit: the message' [ "$(xmllint --xpath 'string(//testcase[@name="wrong"]/failure/@message)' out.xml)" = 'x is <one> & "all"' ]
prove --verbose --exec cat out.tap >prove.out 2>&1
check 'TAP: some fail' [ $? -ne 0 ]
check 'TAP: all are there' grep -q '^  Failed tests\?: .*' prove.out
check 'TAP: the plan is kept' [ "$(grep -c 'Parse errors' prove.out)" -eq 0 ]
"$lkmc" batch --report tap=good.tap tests/right.litmus tests/plain.litmus >out 2>err
check 'TAP: all pass' prove --exec cat good.tap
check 'SARIF: what 2.1.0 wants' python3 - <<'EOF2'
import json, urllib.parse
log = json.load(open("out.sarif"))
assert log["version"] == "2.1.0" and len(log["runs"]) == 1
run = log["runs"][0]
rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
assert len(set(rules)) == len(rules) and isinstance(run["tool"]["driver"]["name"], str)

def place(location):
    physical = location["physicalLocation"]
    assert physical["region"]["startLine"] >= 1 and physical["region"]["startColumn"] >= 1
    return urllib.parse.unquote(physical["artifactLocation"]["uri"]), physical["region"]["startLine"]

for result in run["results"]:
    assert rules[result["ruleIndex"]] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error") and result["message"]["text"]
    assert result["locations"] and all(place(l) for l in result["locations"])
    for flow in result.get("codeFlows", []):
        for thread in flow["threadFlows"]:
            assert thread["locations"]
            for step in thread["locations"]:
                place(step["location"])
                assert step["location"]["message"]["text"]
assert all(isinstance(i["executionSuccessful"], bool) for i in run["invocations"])
wrong = next(r for r in run["results"] if r["message"]["text"].startswith("wrong: x is"))
assert place(wrong["locations"][0]) == ("cpp/tests.cc", 12), wrong["locations"]
assert wrong["codeFlows"]
assert any(place(r["locations"][0]) == ("cpp/broken.cc", 1) and r["ruleId"] == "error" for r in run["results"])
EOF2
says out.md '^| passed | failed | inconclusive | error | not run |$'
says out.md '^| cpp/tests.cc:wrong | failed | x is '
check 'Markdown: the schedule is folded' grep -q '^<details><summary>cpp/tests.cc:wrong</summary>$' out.md

# Why a test has failed, and the smallest repair, in each format; and of one that shows less than it is expected to.
mkdir broken
sed 's/^exists/~exists/' sb.litmus >broken/sb.litmus
sed 's/WRITE_ONCE(.*;/&\n\tsmp_mb();/' sb.litmus | sed '1a (* Result: Sometimes *)' >broken/strong.litmus
sed 's/READ_ONCE(\*y)/0/; s/^exists.*/~exists (y=1)/' sb.litmus >broken/turns.litmus
expect 1 batch --explain 900 --report jsonl=results.jsonl --report sarif=out.sarif --report markdown=out.md --report junit=out.xml --report tap=out.tap \
  --report html=out.html broken
for report in out out.md out.xml out.tap out.html; do
  says $report 'why: .*0:r0=0 /. 1:r0=0'
  says $report 'P0: stores x = 1 (line 5)'
  says $report 'it would be forbidden by .*, and '
  says $report 'repair:'
  says $report '[+].*smp_mb();'
  says $report 'why not: .*0:r0=0 /. 1:r0=0'
  says $report 'forbidden by smp_mb() in line 7, and smp_mb() in line 1[0-9]'
  says $report 'threads in turns do it'
  says $report 'no ordering repairs '
done
check 'JUnit: still fits its schema' xmllint --noout --schema junit.xsd out.xml
check 'HTML: each link leads to a page' python3 - <<'EOF2'
import html.parser

class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.open, self.heads = [], [], []
    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.links.append(dict(attributes)["href"])
        if tag == "h2":
            self.heads.append(dict(attributes)["id"])
        if tag not in ("meta",):
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

page = Links()
page.feed(open("out.html").read())
assert page.open == [] and page.heads == ["broken/sb.litmus", "broken/strong.litmus", "broken/turns.litmus"], (page.open, page.heads)
assert len(page.links) == 2, page.links  # the third shows no execution
for link in page.links:
    assert link.startswith("out.pages/") and "<html" in open(link).read(), link
EOF2
check 'the fix repairs the test' python3 - <<'EOF2'
import json
results = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: r for r in json.load(open("out.sarif"))["runs"][0]["results"]}
assert "why: " in results["broken/sb.litmus"]["message"]["text"] and "fixes" not in results["broken/turns.litmus"], results
(change,) = results["broken/sb.litmus"]["fixes"][0]["artifactChanges"]
assert change["artifactLocation"]["uri"] == "broken/sb.litmus"
lines = open("broken/sb.litmus").read().splitlines(keepends=True)
for edit in sorted(change["replacements"], key=lambda e: -e["deletedRegion"]["startLine"]):
    region = edit["deletedRegion"]
    assert region["startColumn"] == 1 and region["endColumn"] == 1
    lines[region["startLine"] - 1:region["endLine"] - 1] = [edit["insertedContent"]["text"]]
open("repaired.litmus", "w").write("".join(lines))
tests = {t["test"]: t["details"] for t in map(json.loads, open("results.jsonl").readlines()[1:])}
assert tests["broken/sb.litmus"]["repair"]["found"] and tests["broken/sb.litmus"]["why"]["complete"]
EOF2
expect 0 check repaired.litmus
expect 1 batch --explain 900 broken
says out '^3 tests: .* (3 known from before)$'
says out 'why: '
expect 1 batch --explain 0 broken
check 'no explanation' [ "$(grep -c -e 'why: ' -e 'repair: ' out)" -eq 0 ]

# Before and after: two results, and a patch.
mkdir -p project/include project/tests
cat >project/include/message.h <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
struct message { shared<int> data; shared<bool> ready; };
inline void publish(message &m) {
  WRITE_ONCE(m.data, 1);
  WRITE_ONCE(m.ready, true);
}
EOF2
cat >project/tests/message.cc <<'EOF2'
#include "../include/message.h"
LITMUS(reader_sees_the_data) {
  auto &m = make<message>();
  thread("writer", [&] { publish(m); });
  thread("reader", [&] {
    IF (smp_load_acquire(&m.ready)) CHECK_INVARIANT(READ_ONCE(m.data) == 1, "ready means there is data");
  });
}
EOF2
cat >project/tests/other.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(other) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
EOF2
cp sb.litmus project/tests
cp -r project patched
sed -i 's/WRITE_ONCE(m.ready, true)/smp_store_release(\&m.ready, true)/' patched/include/message.h
sed -i '0,/WRITE_ONCE(.x, 1);/s//&\n\tsmp_mb();/; s/WRITE_ONCE(.y, 1);/&\n\tsmp_mb();/' patched/tests/sb.litmus
diff -ruN project patched | sed 's,project/,a/,; s,patched/,b/,' >repair.diff
(cd patched && diff -ruN . ../project | sed 's,^--- ./,--- a/,; s,^+++ ../project/,+++ b/,; /^diff/d') >damage.diff
{
  printf 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH 0/1] a series\n\nWords.\n\n'
  printf 'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH 1/1] publish with a release\n\n---\n'
  cat repair.diff
  printf -- '--\n2.39\n'
} >series.mbox
cd project || exit 1
for patch in repair.diff series.mbox; do
  expect 0 batch --patch "../$patch" --report jsonl=../after.jsonl --report markdown=../out.md tests
  says out '^fixed: tests/message.cc:reader_sees_the_data: failed: ready means there is data -> holds$'
  says out '^3 tests: 1 fixed, 2 still holding$'
  says ../out.md '^| tests/message.cc:reader\\_sees\\_the\\_data | fixed | '
  check "$patch: the others are not run again" [ "$(grep -c ' tests/other.cc:other' err)" -eq 1 ]
  check "$patch: nothing is changed here" grep -q 'WRITE_ONCE(m.ready' include/message.h
done
expect 1 batch --report jsonl=../before.jsonl tests
expect 0 compare ../before.jsonl ../after.jsonl
says out '^fixed: '
expect 1 compare ../after.jsonl ../before.jsonl
says out '^broken: tests/message.cc:reader_sees_the_data: holds -> failed: ready means there is data$'
says out '^ *1  writer message.h:5 WRITE_ONCE'
says out '^newly reachable: tests/sb.litmus: Never -> Sometimes$'
expect 1 batch --baseline ../after.jsonl tests
says out '^broken: '
expect 2 batch --baseline ../after.jsonl tests/other.cc
says out '^missing: tests/sb.litmus: Never -> not there$'
expect 2 compare ../before.jsonl ../missing.jsonl
says err '^../missing.jsonl: error: No such file'
sed '$d' ../before.jsonl >../cut.jsonl
expect 2 compare ../before.jsonl ../cut.jsonl
says err '^../cut.jsonl:3:1: error: of 3 tests only 2 are there: the file is cut off$'
expect 2 batch --patch ../repair.diff ../patched/tests
says err '^lkmc: error: --patch is for tests below the current folder, not ../patched/tests$'
expect 2 batch --patch ../damage.diff tests
says err '^../damage.diff: error: the patch does not apply$'
says err '^error: patch failed: include/message.h:'
expect 2 batch --patch ../missing.diff tests
says err '^../missing.diff: error: '
cd ../patched || exit 1
expect 1 batch --patch ../damage.diff tests
says out '^broken: tests/message.cc:reader_sees_the_data: holds -> failed: ready means there is data$'
expect 0 batch --patch ../damage.diff tests/sb.litmus
says out '^newly reachable: tests/sb.litmus: Never -> Sometimes$'
expect 1 batch --patch ../damage.diff --reachable-is-worse tests/sb.litmus
cd .. || exit 1

# Two batches beside each other, with one cache.
rm -rf "$XDG_CACHE_HOME"
"$lkmc" batch --filter '*:fine' cpp/tests.cc >first 2>&1 &
"$lkmc" batch --filter '*:fine' cpp/tests.cc >second 2>&1
check 'the second' [ $? -eq 0 ]
wait $!
check 'the first' [ $? -eq 0 ]

summary
