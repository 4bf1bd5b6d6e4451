// SPDX-License-Identifier: Apache-2.0
// In herd7, lock.cat and cos.cat enumerate the orders of locks and writes and build rf and co. Here rf, co and rmw have
// their lock edges from the start and R, W and M their lock events, so that little is left to define.
#include "src/model/library.h"

#include <array>
#include <utility>

namespace lkmc::cat {
namespace {

constexpr std::string_view kPrelude = R"(
let emptyset = domain(0)
let toid(s) = [s]
let fencerel(S) = po ; [S] ; po
let nodetour(r, s, t) = r \ (s ; t)
let singlestep(r) = nodetour(r, r, r)

let po-loc = po & loc
let fr = (rf^-1 ; co) \ id
let com = rf | co | fr
let rfe = rf & ext
let rfi = rf & int
let coe = co & ext
let coi = co & int
let fre = fr & ext
let fri = fr & int
)";

// Before v6.15 herd7 turned a read-modify-write into events by itself: one that failed is a 'once read, the half that a
// tag cannot order is 'once too, and a fully ordered one stands between two 'mb fences. (Here Once has the other half
// too; it says no more than that an access is marked.)
constexpr std::string_view kFencedPrelude = R"(
let Acquire = Acquire \ W \ (RMW \ domain(rmw))
let Release = Release \ R
let Noreturn = Noreturn \ W
let Once = Once | RMW
let Mb = Mb & F
)";

constexpr std::string_view kFinalWrites = R"(
(* The last writes to the locations whose final values are asked for. A lock's is the initial one: in herd7 only lock.cat knows
   that lock events write. *)
let FW = let stored = (W & Asked) \ (LKW | UL) in stored \ domain([stored] ; co ; [stored])
)";

// As herd7 hands them to lock.cat, without the lock events.
constexpr std::string_view kWithoutLocks = R"(
let R = R \ (LKR | LF | RL | RU)
let W = W \ (LKW | UL)
let M = R | W
)";

constexpr std::string_view kLockCat = R"(
(* RL orders as little as LF, and models that name LF mean both. *)
let LF = LF | RL

let all-locks = LKR | LKW | UL | LF | RU | Srcu-lock | Srcu-unlock | Sync-srcu
flag ~empty [M \ IW \ all-locks] ; loc ; [all-locks] as mixed-lock-accesses

let lock-pair = rmw & (LKR * LKW)
flag ~empty LKW \ range(lock-pair) as unpaired-LKW
flag ~empty LKR \ domain(lock-pair) as unpaired-LKR

flag ~empty [FW] ; loc ; [all-locks] as lock-final

(* From the taking of a lock to its release by the same thread. *)
let critical = ([LKW] ; po-loc ; [UL]) \ (po-loc ; [LKW | UL] ; po-loc)
flag ~empty UL \ range(critical) as unmatched-unlock

let Acquire = Acquire | LKR
let Release = Release | UL
)";

constexpr std::string_view kCosCat = R"(
let ca = co | fr
)";

constexpr std::string_view kFiltersCat = R"(
let RR(r) = r & (R * R)
let RW(r) = r & (R * W)
let WR(r) = r & (W * R)
let WW(r) = r & (W * W)
let RM(r) = r & (R * M)
let MR(r) = r & (M * R)
let WM(r) = r & (W * M)
let MW(r) = r & (M * W)
let MM(r) = r & (M * M)
let noid(r) = r \ id
let invrf = rf^-1
)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kFiles = {{
    {"lock.cat", kLockCat},
    {"cos.cat", kCosCat},
    {"cos-opt.cat", kCosCat},
    {"cross.cat", ""},
    {"stdlib.cat", ""},
    {"filters.cat", kFiltersCat},
}};

}  // namespace

std::string_view prelude() { return kPrelude; }

std::string_view fenced_prelude() { return kFencedPrelude; }

std::string_view final_writes() { return kFinalWrites; }

std::string_view without_locks() { return kWithoutLocks; }

std::optional<std::string_view> library_file(std::string_view name) {
  for (const auto& [file, text] : kFiles) {
    if (file == name) return text;
  }
  return std::nullopt;
}

}  // namespace lkmc::cat
