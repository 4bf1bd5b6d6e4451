// The versions of the per-VMA lock: the list from which the tests of the scenarios come (litmus/vma/each_version.h), the columns of
// tools/vma-table, and so the tables in README.md and docs/vma.md.
//
// VERSION(name, predecessor, of what, what it has that its predecessor has not). A new version is a header with a struct of its name,
// and a line here. Its tests are expected to show what those of its predecessor show; a scenario in which that is not so says it.
#pragma once

#include "v0.h"
#include "v1.h"
#include "v2.h"
#include "v3a.h"
#include "v3b.h"
#include "v3c.h"
#include "v4.h"

// clang-format off
#define VMA_VERSIONS(VERSION)                                                                                                          \
  VERSION(v0a,          none,        "v6.4",          "an rwsem for each vma, and a sequence number; nothing is ordered")             \
  VERSION(v0b,          v0a,         "v6.5",          "mm_lock_seq is written by a release, and read by an acquire")                  \
  VERSION(v0c,          v0b,         "v6.14",         "mm_lock_seq is a seqcount, and the release an smp_wmb()")                      \
  VERSION(v0c_marked,   v0c,         "v6.14",         "a repair: what a lookup reads before it is sure of the vma is marked")         \
  VERSION(v1,           v0c,         "December 2024", "the rwsem is in the vma, and a freed vma may be reused at once")               \
  VERSION(v1_f1,        v1,          "December 2024", "proposed: vm_area_free() does not reset vm_lock_seq")                          \
  VERSION(v1_f2,        v1,          "December 2024", "proposed: besides, vma_start_write() always takes the rwsem")                  \
  VERSION(v1_f3,        v1,          "December 2024", "proposed: vm_area_free() clears vm_mm before it says that the vma is detached") \
  VERSION(v1_f4,        v1,          "December 2024", "proposed: a vma is detached, and vm_mm cleared, under its rwsem")              \
  VERSION(v1_f4b,       v1_f4,       "December 2024", "proposed: besides, vm_area_free() does not reset vm_lock_seq")                 \
  VERSION(v2,           v1,          "v6.15",         "one count, vm_refcnt, says whether a vma is attached and how many read it")    \
  VERSION(v2_repaired,  v2,          "v6.15",         "three repairs: the writer's wait is an acquire, and two more")                 \
  VERSION(v3a,          v2,          "v6.17",         "the mm of a vma of another mm is kept until its writer is woken")              \
  VERSION(v3a_repaired, v2_repaired, "v6.17",         "the same repairs")                                                             \
  VERSION(v3b,          v3a,         "v6.18",         "a lookup leaves the RCU section before it looks at the range, or when it fails") \
  VERSION(v3c,          v3b,         "v6.19",         "a fatal signal may end the writer's wait")                                     \
  VERSION(v4,           v3c,         "v7.0",          "the writer's part is written anew")                                            \
  VERSION(v4_repaired,  v3a_repaired, "v7.0",         "the same repairs")
// clang-format on

// Those for which a scenario has a test: all, unless somebody says otherwise (tools/vma-barriers).
#ifndef VMA_TESTED_VERSIONS
#define VMA_TESTED_VERSIONS VMA_VERSIONS
#endif
