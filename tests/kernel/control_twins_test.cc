// SPDX-License-Identifier: Apache-2.0
// Control dependencies of C++ code against those that herd's rule gives the same program as `.litmus`: as many executions, and the same
// answer where one dependency decides. The shape is load buffering: P0 reads r from x and q from w, and what comes then may make its store
// to y depend on r; P1 reads y and stores to x behind that. What C has and herd's language has not is written out for it with if and
// else.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "lkmc/litmus.h"
#include "tests/kernel/agreement.h"

namespace lkmc {
namespace {

struct cells {
  shared<int> x, y, z, w;
};

template <class F>
void load_buffering(const F& f) {
  auto& m = make<cells>();
  value<int> r = 0, s = 0;
  thread("P0", [&m, &r, f] {
    r = READ_ONCE(m.x);
    const value<int> read_of_x = r, read_of_w = READ_ONCE(m.w);
    f(m, read_of_x, read_of_w);
  });
  thread("P1", [&m, &s] {
    s = smp_load_acquire(&m.y);
    WRITE_ONCE(m.x, 1);
  });
  thread("P2", [&m] { WRITE_ONCE(m.w, 1); });
  finally([&] { exists("both", r == 1 && s == 1); });
}
std::string litmus_of(const std::string& name, const std::string& body) {
  return "C " + name +
         "\n{}\n"
         "P0(int *x, int *y, int *z, int *w) { int r = READ_ONCE(*x); int q = READ_ONCE(*w); " +
         body +
         " }\n"
         "P1(int *x, int *y) { int s = smp_load_acquire(y); WRITE_ONCE(*x, 1); }\n"
         "P2(int *w) { WRITE_ONCE(*w, 1); }\n"
         "exists (0:r=1 /\\ 1:s=1)\n";
}

struct Twin {
  std::string name;
  std::string litmus;
};
std::vector<Twin>& twins() {
  static std::vector<Twin> all;
  return all;
}
struct AddedTwin {
  AddedTwin(std::string name, std::string litmus) { twins().push_back({std::move(name), std::move(litmus)}); }
};
// The code of P0 in herd's language, and in C++.
#define TWIN(name, litmus, ...)                                                                                                     \
  LITMUS(name) {                                                                                                                    \
    load_buffering(                                                                                                                 \
        []([[maybe_unused]] cells& m, [[maybe_unused]] const value<int>& r, [[maybe_unused]] const value<int>& q) { __VA_ARGS__ }); \
  }                                                                                                                                 \
  const AddedTwin name##_is_added(#name, litmus);

void store_if(const value<int>& r, shared<int>& out) {
  if (!r) return;
  WRITE_ONCE(out, 1);
}
void store(shared<int>& out) { WRITE_ONCE(out, 1); }
bool is_one(const value<int>& r) {
  if (r == 1) return true;
  return false;
}
int classified(const value<int>& r) { return r == 1 ? 7 : 8; }
value<int> classified_as_value(const value<int>& r) {
  if (r == 1) return 7;
  return 8;
}
void set_if(const value<int>& r, int* out) {
  if (r) *out = 1;
}
int step(const value<int>& r) {
  if (!r) return -5;
  return 0;
}

// --- if ----------------------------------------------------------------------------------------------------------------------

TWIN(same_if_join, "if (r) barrier(); WRITE_ONCE(*y, 1);", if (r) barrier(); WRITE_ONCE(m.y, 1);)
TWIN(same_if_else_both, "if (r) { WRITE_ONCE(*y, 1); } else { WRITE_ONCE(*y, 1); }", if (r) WRITE_ONCE(m.y, 1); else WRITE_ONCE(m.y, 1);)
TWIN(
    same_inner_join, "if (q) { if (r) smp_rmb(); WRITE_ONCE(*y, 1); }", if (q) {
      if (r) smp_rmb();
      WRITE_ONCE(m.y, 1);
    })
TWIN(
    same_inner_else, "if (q) { if (r) barrier(); else barrier(); } WRITE_ONCE(*y, 1);", if (q) {
      if (r)
        barrier();
      else
        barrier();
    } WRITE_ONCE(m.y, 1);)
TWIN(same_two_conds_ret, "if (q) { if (r) WRITE_ONCE(*y, 1); }", if (!q) return; if (!r) return; WRITE_ONCE(m.y, 1);)
TWIN(same_same_cond_twice, "if (r) barrier(); if (r) WRITE_ONCE(*y, 1);", if (r) barrier(); if (r) WRITE_ONCE(m.y, 1);)
TWIN(
    same_contradiction, "if (r) { if (!r) barrier(); } WRITE_ONCE(*y, 1);", if (r) {
      if (!r) return;
    } WRITE_ONCE(m.y, 1);)
TWIN(same_double_not, "if (!!r) WRITE_ONCE(*y, 1);", if (!!r) WRITE_ONCE(m.y, 1);)
TWIN(same_comma, "if (r == 1) WRITE_ONCE(*y, 1);", if (barrier(), r == 1) WRITE_ONCE(m.y, 1);)
TWIN(same_assign_in_cond, "int k; k = r; if (k == 1) WRITE_ONCE(*y, 1);", value<int> k; if ((k = r) == 1) WRITE_ONCE(m.y, 1);)

// --- switch ------------------------------------------------------------------------------------------------------------------

TWIN(
    same_switch_fall, "if (r == 1) barrier(); WRITE_ONCE(*y, 1);", switch (r) {
      case 1:
        barrier();
        [[fallthrough]];
      default:
        WRITE_ONCE(m.y, 1);
    })
TWIN(
    same_switch_all, "if (r == 1) { WRITE_ONCE(*y, 1); } else { if (r == 2) { WRITE_ONCE(*y, 1); } else { WRITE_ONCE(*y, 1); } }",
    switch (r) {
      case 1:
        WRITE_ONCE(m.y, 1);
        break;
      case 2:
        WRITE_ONCE(m.y, 1);
        break;
      default:
        WRITE_ONCE(m.y, 1);
    })
TWIN(
    same_switch_return, "if (r == 1) { WRITE_ONCE(*y, 1); }", switch (r) {
      case 1:
        break;
      default:
        return;
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_switch_join, "if (r == 1) barrier(); else { if (r == 2) smp_rmb(); } WRITE_ONCE(*y, 1);", switch (r) {
      case 1:
        barrier();
        break;
      case 2:
        smp_rmb();
        break;
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_switch_no_default_ret, "if (r != 0) { WRITE_ONCE(*y, 1); }", switch (r) {
      case 0:
        return;
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_enum_state, "int k = 0; if (r == 1) k = 1; if (k == 1) WRITE_ONCE(*y, 1);", enum {A, B} s = A; if (r == 1) s = B; switch (s) {
      case A:
        break;
      case B:
        WRITE_ONCE(m.y, 1);
    })

// --- ?:, && and || -----------------------------------------------------------------------------------------------------------

TWIN(same_conditional_val, "int k; if (r) k = 1; else k = 1; WRITE_ONCE(*y, k);", value<int> v = r ? 1 : 1; WRITE_ONCE(m.y, v);)
TWIN(same_conditional_val_if, "int k; if (r) k = 1; else k = 2; if (k == 1) WRITE_ONCE(*y, 1);", value<int> v = r ? 1 : 2;
     if (v == 1) WRITE_ONCE(m.y, 1);)
TWIN(same_conditional_int_if, "int k; if (r) k = 1; else k = 2; if (k == 1) WRITE_ONCE(*y, 1);", int v = r ? 1 : 2;
     if (v == 1) WRITE_ONCE(m.y, 1);)
TWIN(same_conditional_int_store, "int k; if (r) k = 1; else k = 1; WRITE_ONCE(*y, k);", int v = r ? 1 : 1; WRITE_ONCE(m.y, v);)
TWIN(same_conditional_addr, "int *k; if (r) k = y; else k = z; WRITE_ONCE(*k, 1);", value<shared<int>*> p = r ? &m.y : &m.z;
     WRITE_ONCE(*p, 1);)
TWIN(same_conditional_ref, "int *k; if (r) k = y; else k = z; WRITE_ONCE(*k, 1);", shared<int>& p = r ? m.y : m.z; WRITE_ONCE(p, 1);)
TWIN(same_conditional_lvalue_stmt, "int *k; if (r) k = y; else k = z; WRITE_ONCE(*k, 1);", WRITE_ONCE(r ? m.y : m.z, 1);)
TWIN(same_ternary_void, "if (r) barrier(); else smp_rmb(); WRITE_ONCE(*y, 1);", r ? barrier() : smp_rmb(); WRITE_ONCE(m.y, 1);)
TWIN(same_and_bool, "int k = 0; if (r == 1) { if (q == 1) k = 1; } if (k) WRITE_ONCE(*y, 1);", bool b = r == 1 && q == 1;
     if (b) WRITE_ONCE(m.y, 1);)
TWIN(same_and_bool_q_first, "int k = 0; if (q == 1) { if (r == 1) k = 1; } if (k) WRITE_ONCE(*y, 1);", bool b = q == 1 && r == 1; barrier();
     if (b) WRITE_ONCE(m.y, 1);)
TWIN(same_or_join, "if (r || q) barrier(); WRITE_ONCE(*y, 1);", if (r || q) barrier(); WRITE_ONCE(m.y, 1);)
TWIN(same_or_in, "if (r) WRITE_ONCE(*y, 1); else { if (q) WRITE_ONCE(*y, 1); }", if (r || q) WRITE_ONCE(m.y, 1);)
TWIN(same_or_q_first, "if (q) WRITE_ONCE(*y, 1); else { if (r) WRITE_ONCE(*y, 1); }", if (q || r) WRITE_ONCE(m.y, 1);)
TWIN(same_not_and_ret, "if (r == 1) { if (q == 1) WRITE_ONCE(*y, 1); }", if (!(r == 1 && q == 1)) return; WRITE_ONCE(m.y, 1);)
TWIN(same_min, "int k; if (r < q) k = r; else k = q; WRITE_ONCE(*y, k + 1);", value<int> v = r < q ? r : q; WRITE_ONCE(m.y, v + 1);)
TWIN(same_min_if, "int k; if (r < q) k = r; else k = q; if (k == 0) WRITE_ONCE(*y, 1);", value<int> v = r < q ? r : q;
     if (v == 0) WRITE_ONCE(m.y, 1);)

// --- loops -------------------------------------------------------------------------------------------------------------------

TWIN(
    same_do_while, "int k = 0; if (r) k = 1; WRITE_ONCE(*y, 1);", int n = 0; do { ++n; } while (r && n < 2); WRITE_ONCE(m.y, 1);)
TWIN(
    same_for_break, "if (r) barrier(); WRITE_ONCE(*y, 1);", for (int i = 0; i < 2; ++i) {
      if (r) break;
      barrier();
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_for_break_in, "if (r) WRITE_ONCE(*y, 1);", for (int i = 0; i < 2; ++i) {
      if (!r) break;
      if (i == 1) WRITE_ONCE(m.y, 1);
    })
TWIN(
    same_for_continue, "if (r) barrier(); WRITE_ONCE(*y, 1);", for (int i = 0; i < 2; ++i) {
      if (r) continue;
      barrier();
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_for_continue_in, "if (r) WRITE_ONCE(*y, 1);", for (int i = 0; i < 1; ++i) {
      if (!r) continue;
      WRITE_ONCE(m.y, 1);
    })
TWIN(
    same_flag_loop, "int k = 0; if (r) k = 1; if (k) WRITE_ONCE(*y, 1);", bool found = false; for (int i = 0; i < 2 && !found; ++i) {
      if (r) found = true;
    } if (found) WRITE_ONCE(m.y, 1);)
TWIN(
    same_flag_loop_join, "int k = 0; if (r) k = 1; WRITE_ONCE(*y, 1);", bool found = false; for (int i = 0; i < 2 && !found; ++i) {
      if (r) found = true;
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_nested_break, "if (r) barrier(); WRITE_ONCE(*y, 1);", for (int i = 0; i < 2; ++i) {
      for (int k = 0; k < 2; ++k) {
        if (r) break;
      }
    } WRITE_ONCE(m.y, 1);)
TWIN(
    same_ret_in_loop, "if (r) WRITE_ONCE(*y, 1);", for (;;) {
      if (!r) return;
      break;
    } WRITE_ONCE(m.y, 1);)
TWIN(same_while_ret, "if (r == 1) WRITE_ONCE(*y, 1);", while (r != 1) return; WRITE_ONCE(m.y, 1);)
TWIN(same_goto_back, "if (r) barrier(); WRITE_ONCE(*y, 1);", int n = 0; again : if (r && n++ < 1) goto again; WRITE_ONCE(m.y, 1);)

// --- ways that leave ---------------------------------------------------------------------------------------------------------

TWIN(same_goto_out, "if (r) barrier(); WRITE_ONCE(*y, 1);", if (!r) goto out; barrier(); out : WRITE_ONCE(m.y, 1);)
TWIN(same_goto_over, "if (r) WRITE_ONCE(*y, 1);", if (!r) goto out; WRITE_ONCE(m.y, 1); out : barrier();)
TWIN(same_ret, "if (r) WRITE_ONCE(*y, 1);", if (!r) return; WRITE_ONCE(m.y, 1);)
TWIN(
    same_ret_else, "if (r) { barrier(); smp_rmb(); WRITE_ONCE(*y, 1); }", if (r) { barrier(); } else { return; } smp_rmb();
    WRITE_ONCE(m.y, 1);)
TWIN(
    same_err_chain, "if (r) WRITE_ONCE(*y, 1);", int err = 0; if (!r) {
      err = -1;
      goto fail;
    } WRITE_ONCE(m.y, 1);
    fail
    : if (err) barrier();)
TWIN(same_err_chain2, "if (q) { if (r) WRITE_ONCE(*y, 1); }", int err = step(q); if (err) goto fail; err = step(r); if (err) goto fail;
     WRITE_ONCE(m.y, 1); fail
     : barrier();)
TWIN(same_err_unwind, "int k; if (r) k = 0; else k = 1; if (!k) barrier(); WRITE_ONCE(*y, 1);", int err = step(r); if (!err) barrier();
     WRITE_ONCE(m.y, 1);)

// --- functions ---------------------------------------------------------------------------------------------------------------

TWIN(same_function_ret_after, "if (r) WRITE_ONCE(*z, 1); WRITE_ONCE(*y, 1);", store_if(r, m.z); WRITE_ONCE(m.y, 1);)
TWIN(same_function_ret_in, "if (r) WRITE_ONCE(*y, 1);", store_if(r, m.y);)
TWIN(same_function_from_branch, "if (q) { if (r) WRITE_ONCE(*y, 1); }", if (q) store_if(r, m.y);)
TWIN(same_function_from_branch2, "if (r) WRITE_ONCE(*y, 1);", if (r) store(m.y);)
TWIN(same_function_from_two, "if (r) { WRITE_ONCE(*y, 1); } else { WRITE_ONCE(*y, 1); }", if (r) store(m.y); else store(m.y);)
TWIN(same_function_bool, "if (r == 1) WRITE_ONCE(*y, 1);", if (is_one(r)) WRITE_ONCE(m.y, 1);)
TWIN(same_function_bool_join, "int k; if (r == 1) k = 1; else k = 0; WRITE_ONCE(*y, 1);", bool b = is_one(r); (void)b; WRITE_ONCE(m.y, 1);)
TWIN(
    same_function_int_sw, "int k; if (r == 1) k = 7; else k = 8; if (k == 7) WRITE_ONCE(*y, 1);", switch (classified(r)) {
      case 7:
        WRITE_ONCE(m.y, 1);
        break;
      default:
        break;
    })
TWIN(same_function_value, "int k; if (r == 1) k = 7; else k = 8; if (k == 7) WRITE_ONCE(*y, 1);",
     if (classified_as_value(r) == 7) WRITE_ONCE(m.y, 1);)
TWIN(same_function_value_store, "int k; if (r == 1) k = 7; else k = 8; WRITE_ONCE(*y, k - 6);",
     WRITE_ONCE(m.y, classified_as_value(r) - 6);)
TWIN(
    same_lambda, "if (r) WRITE_ONCE(*y, 1);",
    auto f =
        [&] {
          if (!r) return false;
          return true;
        };
    if (f()) WRITE_ONCE(m.y, 1);)
TWIN(
    same_lambda_join, "int k; if (r) k = 1; else k = 1; WRITE_ONCE(*y, k);",
    auto f =
        [&] {
          if (!r) return 1;
          return 1;
        };
    WRITE_ONCE(m.y, f());)
TWIN(same_out_param, "int k = 0; if (r) k = 1; if (k) WRITE_ONCE(*y, 1);", int o = 0; set_if(r, &o); if (o) WRITE_ONCE(m.y, 1);)

// --- variables that are set on one of the ways -------------------------------------------------------------------------------

TWIN(same_bool_before, "int k = (r == 1); smp_rmb(); if (k) WRITE_ONCE(*y, 1);", bool c = r == 1 ? true : false; smp_rmb();
     if (c) WRITE_ONCE(m.y, 1);)
TWIN(same_bool_ctor, "int k = r; if (k) WRITE_ONCE(*y, 1);", bool c(r); if (c) WRITE_ONCE(m.y, 1);)
TWIN(same_int_before, "int k = 0; if (r) k = 2; WRITE_ONCE(*z, 3); if (k == 2) WRITE_ONCE(*y, 1);", int k = 0; if (r) k = 2;
     WRITE_ONCE(m.z, 3); if (k == 2) WRITE_ONCE(m.y, 1);)
TWIN(same_int_overwritten, "int k = 0; if (r) k = 2; k = 2; if (k == 2) WRITE_ONCE(*y, 1);", int k = 0; if (r) k = 2; k = 2;
     if (k == 2) WRITE_ONCE(m.y, 1);)
TWIN(same_val_overwritten, "int k = 0; if (r) k = 2; k = 2; if (k == 2) WRITE_ONCE(*y, 1);", value<int> k = 0; if (r) k = 2; k = 2;
     if (k == 2) WRITE_ONCE(m.y, 1);)
TWIN(same_val_join, "int k = 0; if (r) k = 2; if (k == 2) WRITE_ONCE(*y, 1);", value<int> k = 0; if (r) k = 2;
     if (k == 2) WRITE_ONCE(m.y, 1);)
TWIN(same_val_join_data, "int k = 1; if (r) k = 1; WRITE_ONCE(*y, k);", value<int> k = 1; if (r) k = 1; WRITE_ONCE(m.y, k);)
TWIN(same_val_join_other_way, "int k = 2; if (!r) k = 0; if (k == 2) WRITE_ONCE(*y, 1);", value<int> k = 2; if (!r) k = 0;
     if (k == 2) WRITE_ONCE(m.y, 1);)
TWIN(same_int_join_other_way, "int k = 2; if (!r) k = 0; if (k == 2) WRITE_ONCE(*y, 1);", int k = 2; if (!r) k = 0;
     if (k == 2) WRITE_ONCE(m.y, 1);)
TWIN(same_read_in_branch, "int k = 0; if (r) k = READ_ONCE(*z); if (k == 0) WRITE_ONCE(*y, 1);", value<int> k = 0;
     if (r) k = READ_ONCE(m.z); if (k == 0) WRITE_ONCE(m.y, 1);)
TWIN(
    same_struct_flag, "int k = 0; if (r) k = 1; if (k) WRITE_ONCE(*y, 1);", struct { bool on = false; } s; if (r) s.on = true;
    if (s.on) WRITE_ONCE(m.y, 1);)
TWIN(same_optional, "int k = 0; if (r) k = 1; if (k) WRITE_ONCE(*y, 1);", std::optional<int> o; if (r) o = 1; if (o) WRITE_ONCE(m.y, 1);)
TWIN(same_int_arith_join, "int k = 0; if (r) k = k + 1; if (q) k = k + 2; if (k >= 1) WRITE_ONCE(*y, 1);", int k = 0; if (r) k += 1;
     if (q) k += 2; if (k >= 1) WRITE_ONCE(m.y, 1);)
TWIN(same_int_two_flags, "int k = 0; int b = 0; if (r) k = 1; if (q) b = 1; if (b) WRITE_ONCE(*y, 1);", bool a = false, b = false;
     if (r) a = true; if (q) b = true; if (b) WRITE_ONCE(m.y, 1);)
TWIN(same_int_two_flags_r, "int k = 0; int b = 0; if (r) k = 1; if (q) b = 1; if (k) WRITE_ONCE(*y, 1);", bool a = false, b = false;
     if (r) a = true; if (q) b = true; if (a) WRITE_ONCE(m.y, 1);)

TWIN(same_other_flag, "int k = 1; int b = 0; if (r) b = 1; else k = 0; if (k) WRITE_ONCE(*y, 1);", int k = 1; int b = 0; if (r) b = 1;
     else k = 0; (void)b; if (k) WRITE_ONCE(m.y, 1);)
TWIN(
    same_other_flag_switch, "int k = 1; int b = 0; if (r) b = 1; else k = 0; if (k == 1) WRITE_ONCE(*y, 1);", int k = 1; int b = 0;
    if (r) b = 1; else k = 0; (void)b; switch (k) {
      case 1:
        WRITE_ONCE(m.y, 1);
        break;
      default:
        break;
    })
TWIN(same_other_store, "int k = 1; if (r) WRITE_ONCE(*z, 1); else k = 0; if (k) WRITE_ONCE(*y, 1);", int k = 1; if (r) WRITE_ONCE(m.z, 1);
     else k = 0; if (k) WRITE_ONCE(m.y, 1);)
TWIN(
    same_inner_flag, "int k = 1; if (r) { if (q) k = 0; } if (k) WRITE_ONCE(*y, 1);", int k = 1; if (r) {
      if (q) k = 0;
    } if (k) WRITE_ONCE(m.y, 1);)
TWIN(same_saved_twice, "int k = r; int b = !k; if (b) WRITE_ONCE(*z, 1); if (k) WRITE_ONCE(*y, 1);", bool k(r); bool b = !k;
     if (b) WRITE_ONCE(m.z, 1); if (k) WRITE_ONCE(m.y, 1);)
TWIN(same_flag_copied, "int k = 0; if (r) k = 1; int b = k; k = 1; smp_rmb(); if (b) WRITE_ONCE(*y, 1);", int k = 0; if (r) k = 1;
     int b = k; k = 1; smp_rmb(); if (b) WRITE_ONCE(m.y, 1);)
TWIN(same_flag_before_call, "int k = 0; if (q) k = 1; if (r) WRITE_ONCE(*z, 1); if (k) WRITE_ONCE(*y, 1);", bool k = false; if (q) k = true;
     store_if(r, m.z); if (k) WRITE_ONCE(m.y, 1);)

// --- raw() -------------------------------------------------------------------------------------------------------------------

TWIN(same_raw_ret, "if (r != 1) { barrier(); } else { WRITE_ONCE(*y, 1); }", if (raw(r) != 1) return; WRITE_ONCE(m.y, 1);)
TWIN(same_raw_if, "if (r == 1) { barrier(); } WRITE_ONCE(*y, 1);", if (raw(r) == 1) barrier(); WRITE_ONCE(m.y, 1);)
TWIN(
    same_raw_sw, "if (r == 1) { WRITE_ONCE(*y, 1); }", switch (raw(r)) {
      case 1:
        WRITE_ONCE(m.y, 1);
    })

TEST_CASE("control dependencies of C++ are herd's") {
  std::size_t compared = 0;
  for (const kernel::Registration* registration : kernel::registered_tests()) {
    for (const Twin& twin : twins()) {
      if (twin.name != registration->name) continue;
      CAPTURE(twin.name);
      const kernel_test::Seen expected = kernel_test::run_litmus(twin.name, litmus_of(twin.name, twin.litmus));
      const kernel_test::Seen found =
          kernel_test::run_cpp(*registration, [](const SelfCheckingTest&, Word value) { return std::to_string(value); });
      CHECK(found.executions == expected.executions);
      CHECK(found.satisfying == expected.satisfying);
      ++compared;
    }
  }
  CHECK(compared == twins().size());
  CHECK(compared > 0);
}

}  // namespace
}  // namespace lkmc
