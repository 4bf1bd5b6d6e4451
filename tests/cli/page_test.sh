#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The page of `lkmc replay --format html` in a browser, Debian's chromium without a window: it draws what it should, keys move
# through it, nothing is wider than the screen, and what comes from files is text. Skipped where there is no chromium.
set -u
. "$(dirname "$0")/checks.sh"

kChecks=34
command -v chromium >/dev/null || { echo 'no chromium: what the page does is not tested' && skipped $kChecks && exit; }

# browse WIDTH PAGE SCRIPT: opens the page and runs the script in it; what it passes to say() is in the file out. Complaints of
# the page are in err.
browse() {
  python3 -c 'import sys; print(open(sys.argv[1]).read().replace("</body>", "<pre id=said hidden></pre><script>" + open("tools.js").read() + sys.argv[2] + "</script></body>"))' \
    "$2" "$3" >driven.html
  timeout 300 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$folder/chrome" \
    --window-size="$1,900" --virtual-time-budget=5000 --enable-logging=stderr --dump-dom "file://$folder/driven.html" >dom 2>log
  python3 -c 'import html, re, sys; print(html.unescape(re.search("<pre id=\"said\" hidden=\"\">(.*?)</pre>", sys.stdin.read(), re.S)[1]))' <dom >out 2>err
  grep 'CONSOLE' log >err
}
cat >tools.js <<'EOF'
const say = text => { document.getElementById('said').append(text + '\n'); };
const press = key => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const text = id => document.getElementById(id).textContent;
const count = what => document.querySelectorAll(what).length;
const every = (what, f) => [...document.querySelectorAll(what)].every(f);
const shown = e => e.getClientRects().length > 0;
EOF

expect 0 check --trace sb.json sb.litmus
run replay --format html sb.json
mv out sb.html
for width in 1300 500; do
  browse $width sb.html 'say("width " + innerWidth); say(text("verdict"));
    say("boxes " + count("#lanes .box:not(.fold):not(.ending)") + " bars " + count(".bar.buffer"));
    say("fits " + (document.documentElement.scrollWidth <= innerWidth));
    say("whole " + every("#lanes code, #source code", e => e.scrollWidth <= e.clientWidth + 1));
    const tops = [...document.querySelectorAll("#lanes .box")].filter(shown).map(e => e.getBoundingClientRect());
    say("apart " + tops.every((a, i) => i === 0 ? true : tops[i - 1].bottom <= a.top + 1));
    say("events " + count("#graph .node") + " rf " + count("#graph path.rf") + " fr " + count("#graph path.fr") + " po " + count("#graph path.po"));
    for (const key of ["g", "n", "n", "n"]) press(key); say(text("at") + "; " + text("now"));
    say("P1 has " + document.querySelectorAll("#threads tr")[2].cells[1].textContent);
    say("source " + document.querySelector("#source .now").textContent);
    press("End"); say(text("at")); press("p"); press("ArrowDown"); press("ArrowUp"); say(text("at")); press("g"); press("p"); say(text("at"));'
  is_empty err
  says out "^width $width$"
  says out '^exists (0:r0=0 /\\ 1:r0=0) is reachable'
  says out '^boxes 5 bars 1$'
  says out '^fits true$'
  says out '^whole true$'
  says out '^apart true$'
  says out '^events 6 rf 2 fr 2 po 2$'
  says out '^step 3 of 5; P0 line 5: x = 1$'
  says out '^P1 has y = 1$'
  says out '^source 5	*WRITE_ONCE(\*x, 1);'
  check 'keys move' [ "$(grep '^step [0-9] of 5$' out | tr '\n' ' ')" = 'step 5 of 5 step 4 of 5 step 0 of 5 ' ]
done

# Locks, a deadlock, arrows, and names that would be more than text.
mkdir '<'
hostile='<'/'script><b id=owned>x.litmus'
cat >"$hostile" <<'EOF'
C deadlock
{}
// </script><script>document.title = "owned"</script><!-- <script>
P0(spinlock_t *l, spinlock_t *m, int *x)
{
	spin_lock(l); // <b id=owned>
	WRITE_ONCE(*x, 1);
	spin_lock(m);
	spin_unlock(m);
	spin_unlock(l);
}
P1(spinlock_t *l, spinlock_t *m, int *x)
{
	spin_lock(m);
	int r0 = READ_ONCE(*x);
	if (r0) {
		spin_lock(l);
		spin_unlock(l);
	}
	spin_unlock(m);
}
exists (l=7)
EOF
expect 1 check --trace deadlock.json "$hostile"
run replay --format html deadlock.json
mv out deadlock.html
browse 1300 deadlock.html 'say(document.title); say("owned " + count("#owned")); say("waits " + count(".ending.bad"));
  say(text("verdict")); say("arrows " + count(".wire") + " locks " + count(".bar.lock")); say("badges " + count("#source .badge"));
  say(document.querySelectorAll("#source li")[2].textContent);'
is_empty err
says out '^deadlock: deadlock$'
says out '^owned 0$'
says out '^waits 2$'
says out 'P0 waits at line 8 for the lock m, which P1 took at line 14'
says out '^arrows 1 locks 2$'
says out '^badges 2$'
says out '^3// </script><script>document.title = "owned"</script><!-- <script>$'

summary
