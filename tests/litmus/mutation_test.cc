// SPDX-License-Identifier: Apache-2.0
// Damaged files: the front end must answer each with a program or with a diagnostic that points into the file.
//
// The seeds are sample tests that use the whole language. A mutation deletes, duplicates, swaps or inserts tokens or
// bytes, or truncates; several may pile up. The generator is deterministic, so that a failure can be repeated.
#include <algorithm>
#include <array>
#include <random>

#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

constexpr std::array<std::string_view, 6> kSamples = {
    R"(C sample+mp
"a documentation string"
Cycle=Rfe PodRR Fre
(* a (* nested *) comment *)
{ int x = 1; y = 0; atomic_t a = ATOMIC_INIT(3); int *p = &x; 1:r5 = y; int b[2] = {1, 2}; [z] = -1; }

P0(int *x, int *y, atomic_t *a) /* C comment */
{
	int r0 = 0x10;
	WRITE_ONCE(*x, r0 + 1);
	smp_wmb();
	smp_store_release(y, 1);
	r1 = atomic_add_return_relaxed(2, a); // and another
}

P1(int *x, int *y, int **p)
{
	int r0;
	int *r2;

	r0 = READ_ONCE(*y);
	if (r0 == 1 && !(r0 & 2)) {
		r2 = rcu_dereference(*p);
		*r2 = r0 ? 1 : 2;
	} else {
		r5 = xchg_acquire(x, 3);
	}
}

locations [0:r1; y; p]
exists (1:r0=1 /\ (x=2 \/ ~1:r2=x) /\ not [y]=0)
)",
    R"(C sample-locks

{
spinlock_t l;
struct srcu_struct ss;
}

P0(int *x, spinlock_t *l, struct srcu_struct *ss)
{
	int r0 = srcu_read_lock(ss);
	spin_lock(l);
	*x = *x + 1;
	spin_unlock(l);
	srcu_read_unlock(ss, r0);
	synchronize_srcu(ss);
}

P1(int *x, spinlock_t *l)
{
	int r1;
	rcu_read_lock();
	if (spin_trylock(l)) {
		r1 = atomic_cmpxchg(x, 1, 2);
		spin_unlock(l);
	}
	rcu_read_unlock();
	synchronize_rcu();
}

filter (1:r1=0)
~exists (x=2 => 1:r1=1)
)",
    R"(C sample-loops
{}
P0(int *x, int *f)
{
	int i;
	for (i = 0; i < 3; i++) {
		*x += i;
	}
	do { r0 = READ_ONCE(*x); smp_mb(); } while (r0 != 3);
	smp_store_mb(*f, 1);
}
P1(volatile int *x, int *f)
{
	while (smp_load_acquire(f) == 0)
		;
	r0 = READ_ONCE(*x) % 7 << 1;
	while (atomic_dec_and_test(x)) { barrier(); }
}
forall (1:r0=x)
)",
    R"(C sample-pointers
{ int a[4]; int **q = &p; p = a; 0:r9 = a[2]; }
P0(int *a, int **p, int **q)
{
	a[1] = 1;
	*(a + 2) = (int)*(intptr_t *)*p;
	WRITE_ONCE(**q, (char *)a);
	r8 = *r9;
}
exists (a[1]=1 /\ a={0,1,0,0} /\ 0:r8=0)
)",
    R"(C sample-expressions
{}
P0(int *x)
{
	int r1 = 1, r2 = 2;
	r1 = (r1 | 6 ^ 3 & ~2) <= -r2 * 3 / 2;
	r1 <<= 2; r2 >>= 1; ++r1; r2--;
	r3 = r1 > r2 || r1 >= r2 && r1 != 0x7fUL;
	*x = r1;
}
exists (0:r3=1)
)", "C tiny\n{}\nP0(int *x) { *x = 1; }\nexists x=1",
};

constexpr std::array<std::string_view, 48> kFragments = {"{",
                                                         "}",
                                                         "(",
                                                         ")",
                                                         "[",
                                                         "]",
                                                         ";",
                                                         ",",
                                                         ":",
                                                         "=",
                                                         "==",
                                                         "*",
                                                         "&",
                                                         "->",
                                                         "/\\",
                                                         "\\/",
                                                         "~",
                                                         "not",
                                                         "exists",
                                                         "forall",
                                                         "(*",
                                                         "*)",
                                                         "/*",
                                                         "*/",
                                                         "//",
                                                         "\"",
                                                         "'",
                                                         "P0(",
                                                         "P7",
                                                         "if (",
                                                         "else",
                                                         "while",
                                                         "do",
                                                         "0",
                                                         "-1",
                                                         "0x",
                                                         "99999999999999999999",
                                                         "0:r0",
                                                         "int",
                                                         "struct",
                                                         "READ_ONCE(",
                                                         "spin_lock(l);",
                                                         "rcu_read_lock();",
                                                         "smp_mb()",
                                                         "locations [",
                                                         "filter",
                                                         "?",
                                                         "\n"};

// Names and numbers stay whole; everything else is a token by itself.
std::vector<std::string> split(std::string_view text) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && is_word(text[i]) && is_word(text[i - 1])) {
      tokens.back() += text[i];
    } else {
      tokens.emplace_back(1, text[i]);
    }
  }
  return tokens;
}

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string damage(std::string_view sample) {
    std::vector<std::string> tokens = split(sample);
    const std::size_t rounds = 1 + below(4);
    for (std::size_t i = 0; i < rounds; ++i) mutate(tokens);
    std::string text;
    for (const std::string& token : tokens) text += token;
    if (below(4) == 0 && !text.empty()) mutate_bytes(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  void mutate(std::vector<std::string>& tokens) {
    if (tokens.size() < 2) return;
    const std::size_t at = below(tokens.size());
    const auto place = tokens.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(7)) {
      case 0:
        tokens.erase(place);
        break;
      case 1:
        tokens.insert(place, tokens[at]);
        break;
      case 2:
        std::swap(tokens[at], tokens[below(tokens.size())]);
        break;
      case 3:
        tokens.insert(place, std::string(kFragments[below(kFragments.size())]));
        break;
      case 4:
        tokens[at] = kFragments[below(kFragments.size())];
        break;
      case 5:
        tokens[at] = tokens[below(tokens.size())];
        break;
      default:
        // A run of tokens, or the rest of the file.
        tokens.erase(place, below(3) == 0 ? tokens.end()
                                          : place + static_cast<std::ptrdiff_t>(below(std::min<std::size_t>(40, tokens.size() - at))));
        break;
    }
  }

  void mutate_bytes(std::string& text) {
    const std::size_t at = below(text.size());
    switch (below(3)) {
      case 0:
        text.erase(at, 1);
        break;
      case 1:
        text[at] = static_cast<char>(below(256));
        break;
      default:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
    }
  }

  std::mt19937 random_;
};

// Returns whether the text was accepted.
bool check_answer(const std::string& text) {
  const auto result = parse_litmus("damaged.litmus", text);
  const auto* d = std::get_if<Diagnostic>(&result);
  if (d == nullptr) return true;
  CAPTURE(text);
  CAPTURE(d->message);
  std::vector<std::size_t> lengths{0};
  for (const char c : text) {
    if (c == '\n') {
      lengths.push_back(0);
    } else {
      ++lengths.back();
    }
  }
  const bool line_exists = d->line >= 1 && d->line <= static_cast<int>(lengths.size());
  REQUIRE(line_exists);
  // An error may point right behind the end of a line.
  const auto length = static_cast<int>(lengths[static_cast<std::size_t>(d->line - 1)]);
  const bool column_exists = d->column >= 1 && d->column <= length + 1;
  REQUIRE(column_exists);
  REQUIRE_FALSE(d->message.empty());
  const bool printable =
      std::all_of(d->message.begin(), d->message.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  REQUIRE(printable);
  return false;
}

// What was accepted must also run: a few paths of each thread, with arbitrary outcomes.
void run_some(const std::string& text, std::mt19937& random) {
  const auto result = parse_litmus("damaged.litmus", text, {.unroll = 2});
  const auto& test = *std::get<std::unique_ptr<LitmusTest>>(result);
  for (ThreadId thread = 0; thread < test.thread_count(); ++thread) {
    Unfolding unfolding(test, thread, RmwStyle::kTagged, Blocking::kIgnored);
    PathId at = unfolding.root();
    for (int steps = 0; steps < 20; ++steps) {
      const PathNode& node = unfolding.node(at);
      if (node.continuation == Continuation::kBranch || node.continuation == Continuation::kChoice) {
        at = unfolding.child(at, static_cast<Word>(random() % 2));
      } else if (node.continuation == Continuation::kRequire) {
        at = unfolding.child(at, 1);
      } else if (node.continuation == Continuation::kValue) {
        at = unfolding.child(at, Program::address_of(static_cast<Location>(random() % (test.locations().size() + 1))));
      } else {
        break;
      }
    }
  }
}

TEST_CASE("the samples themselves are accepted") {
  for (const std::string_view sample : kSamples) (void)parsed(sample);
}

TEST_CASE("damaged files are answered") {
  constexpr int kFiles = 12000;
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < kFiles; ++i) {
    Mutator mutator(static_cast<unsigned>(i));
    const std::string text = mutator.damage(kSamples[static_cast<std::size_t>(i) % kSamples.size()]);
    if (!check_answer(text)) continue;
    ++accepted;
    run_some(text, random);
  }
  // Not all damage hurts, but most does.
  CHECK(accepted > kFiles / 100);
  CHECK(accepted < kFiles / 2);
}

TEST_CASE("every prefix of a sample is answered") {
  for (const std::string_view sample : kSamples) {
    for (std::size_t length = 0; length < sample.size(); ++length) {
      (void)check_answer(std::string(sample.substr(0, length)));
    }
  }
}

TEST_CASE("binary garbage is answered") {
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    std::string text = i % 2 == 0 ? "" : i % 4 == 1 ? "C t\n{" : "C t\n{}\nP0(int *x) {";
    for (std::size_t n = random() % 300; n > 0; --n) text += static_cast<char>(random() & 0xff);
    (void)check_answer(text);
  }
}

}  // namespace
}  // namespace lkmc::litmus_test
