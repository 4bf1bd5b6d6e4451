// SPDX-License-Identifier: Apache-2.0
// JSON reports and traces can be read back and say what they should.
#include "src/report/json.h"
#include "src/host/digest.h"

#include <nlohmann/json.hpp>

#include "tests/report/helpers.h"

namespace lkmc::report_test {
namespace {

using Json = nlohmann::json;

TEST_CASE("a report is one object on one line") {
  const std::string line = json_report(*check(kStoreBuffering).result);
  CHECK(line.find('\n') == line.size() - 1);
  const Json json = Json::parse(line);
  CHECK(json["name"] == "SB");
  CHECK(json["file"] == "test.litmus");
  CHECK(json["model"] == "lkmm");
  CHECK(json["kind"] == "Allowed");
  CHECK(json["condition"] == "exists (0:r0=0 /\\ 1:r0=0)");
  CHECK(json["verdict"] == "holds");
  CHECK(json["observation"] == "Sometimes");
  CHECK(json["positive"] == 1);
  CHECK(json["negative"] == 3);
  CHECK(json["executions"] == 4);
  CHECK(json["blocked"] == 0);
  CHECK(json["complete"] == true);
  CHECK(json["flags"] == Json::array());
  REQUIRE(json["states"].size() == 4);
  CHECK(json["states"][0] == Json{{"state", "0:r0=0; 1:r0=0;"}, {"executions", 1}, {"positive", true}});
}

TEST_CASE("a condition is reported as what it is: a question that is answered, or a property that is violated") {
  const Json asked = Json::parse(json_report(*check(kStoreBuffering).result));
  REQUIRE(asked["witnesses"].size() == 1);
  CHECK(asked["witnesses"][0]["message"] == asked["condition"]);
  CHECK(asked["witnesses"][0]["schedule"].size() == 5);
  CHECK(asked["violations"] == Json::array());
  const Json violated = Json::parse(json_report(*check(with(kStoreBuffering, "exists", "~exists")).result));
  REQUIRE(violated["violations"].size() == 1);
  CHECK(violated["violations"][0]["message"] == violated["condition"]);
  CHECK(violated["witnesses"] == Json::array());
}

TEST_CASE("a report of a deadlock") {
  const Json json = Json::parse(json_report(*check(kTwoLocks).result));
  CHECK(json["verdict"] == "violated");
  CHECK(json["blocked"] == 1);
  const Json& waiting = json["deadlock"]["waiting"];
  REQUIRE(waiting.size() == 2);
  CHECK(waiting[0] == Json::parse(R"({"thread": "P0", "file": "test.litmus", "line": 6, "column": 2, "lock": "b",
                                      "holders": [{"thread": "P1", "file": "test.litmus", "line": 13, "column": 2}],
                                      "text": "P0 waits at line 6 for the lock b, which P1 took at line 13 and never gives back"})"));
  CHECK_FALSE(json["deadlock"]["schedule"].empty());
}

TEST_CASE("a report of an exploration that ended early") {
  const Json json = Json::parse(json_report(*check(kStoreBuffering, {.model = "sc", .max_executions = 1}).result));
  CHECK(json["verdict"] == "inconclusive");
  CHECK(json["observation"] == "Inconclusive");
  CHECK(json["complete"] == false);
  CHECK(json["incomplete_because"].get<std::string>().find("--max-executions") != std::string::npos);
}

TEST_CASE("a trace holds the whole execution") {
  const auto trace = trace_of(*check(kMessagePassing).result);
  REQUIRE(trace);
  const Json json = Json::parse(*trace);
  CHECK(json["lkmc_trace"] == 2);
  CHECK(json["program"] == Json{{"path", "test.litmus"}, {"name", "MP"}, {"md5", md5(kMessagePassing)}});
  CHECK(json["shows"] == "witness");
  REQUIRE(json["events"].size() == 6);
  CHECK(json["events"][0] == Json{{"id", 0}, {"thread", nullptr}, {"kind", "write"}, {"tag", "plain"}, {"location", "buf"}, {"value", 0}});
  CHECK(json["events"][2] == Json{{"id", 2},
                                  {"thread", 0},
                                  {"kind", "write"},
                                  {"tag", "once"},
                                  {"location", "buf"},
                                  {"value", 1},
                                  {"file", "test.litmus"},
                                  {"line", 5},
                                  {"column", 2},
                                  {"function", "P0"}});
  CHECK(json["rf"] == Json::parse("[[3, 4], [0, 5]]"));
  CHECK(json["co"] == Json::parse(R"({"buf": [0, 2], "flag": [1, 3]})"));
  REQUIRE(json["schedule"].size() == 4);
  CHECK(json["schedule"][0] == Json::parse(R"({"action": "perform", "event": 5, "before": [4]})"));
  CHECK(json["final"] == Json::parse(R"({"registers": {"1:r0": 1, "1:r1": 0}, "memory": {"buf": 1, "flag": 1}})"));
}

TEST_CASE("dependencies and atomic operations in a trace") {
  const auto trace = trace_of(*check(R"(C dep
{ int *p = &x; }
P0(int **p, int *y)
{
	int *r0 = READ_ONCE(*p);
	int r1 = READ_ONCE(*r0);
	WRITE_ONCE(*y, r1);
	if (r1 == 0)
		r1 = xchg(y, 5);
}
exists (0:r1=0)
)")
                                   .result);
  REQUIRE(trace);
  const Json json = Json::parse(*trace);
  CHECK(json["addr"].size() == 1);
  CHECK(json["data"].size() == 1);
  CHECK(json["ctrl"].size() == 2);
  CHECK(json["rmw"].size() == 1);
  CHECK(json["events"][json["addr"][0][0].get<std::size_t>()]["value"] == "&x");
}

TEST_CASE("without an execution to show there is no trace") { CHECK_FALSE(trace_of(*check(kStoreBuffering, {.model = "sc"}).result)); }

TEST_CASE("a deadlock can be traced") {
  const auto trace = trace_of(*check(with(kTwoLocks, "(x=2)", "(x=3)")).result);
  REQUIRE(trace);
  const Json json = Json::parse(*trace);
  CHECK(json["shows"] == "deadlock");
  CHECK(json["deadlock"].size() == 2);
  CHECK_FALSE(json.contains("final"));
}

}  // namespace
}  // namespace lkmc::report_test
