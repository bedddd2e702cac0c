import { expect, test } from "vitest";
import { searchQuery, searchWords } from "./trace-search.ts";

test.each([
  ["", "traces", ""],
  ["service=api&error=true&from=5&to=now", "traces of api with errors", "?service=api&error=true&from=5&to=now"],
  ["span=abc&minDurationMs=500", "traces, 500 ms or longer", "?minDurationMs=500"],
  ["q=%2Fapi%2Fprojects%2F%3Aid&service=api&minDurationMs=2000&x=1", "traces of api, 2 s or longer, with “/api/projects/:id” in a name", "?service=api&q=%2Fapi%2Fprojects%2F%3Aid&minDurationMs=2000"],
])("%s means %s", (address, words, kept) => {
  const query = new URLSearchParams(address);
  expect([searchWords(query), searchQuery(query)]).toEqual([words, kept]);
});
