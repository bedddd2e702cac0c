const notice = "(I am HelloAgents' local stand-in for an AI assistant: these answers are prepared, no model wrote them. Set ASSISTANT_BASE_URL for a real one.)";

/** First match wins. Each example runs as it is in the sandbox. */
const replies: readonly { about: RegExp; text: string }[] = [
  {
    about: /\b(infinite|endless|timeout|too long|hangs?|slow)\b/i,
    text: "A program that runs into the time limit usually has a loop whose condition never becomes false. Count the rounds and stop:\n\n```js\nlet rounds = 0;\nwhile (!done() && rounds < 1000) rounds += 1;\nconsole.log(rounds);\nfunction done() { return rounds === 10; }\n```",
  },
  {
    about: /\b(memory|heap|leak|too large)\b/i,
    text: "The sandbox's memory is limited. Handle values one at a time instead of collecting them all, for example with a generator:\n\n```js\nfunction* squares(n) { for (let i = 1; i <= n; i++) yield i * i; }\nlet sum = 0;\nfor (const x of squares(100000)) sum += x;\nsum\n```",
  },
  {
    about: /\b(undefined is not|cannot read|not a function|typeerror|null)\b/i,
    text: "That error means that a value is not there yet. Give it a default, or ask before you use it:\n\n```js\nconst order = { id: 7 };\nconst total = (order.items ?? []).reduce((sum, item) => sum + item.price, 0);\ntotal\n```",
  },
  {
    about: /\b(error|exception|throw|catch)\b/i,
    text: "Throw an `Error` with a text that says what to do, and catch it where you can do something about it:\n\n```js\nfunction half(n) {\n  if (n % 2 !== 0) throw new RangeError(`${n} is odd, give an even number`);\n  return n / 2;\n}\ntry { half(3); } catch (error) { console.error(error.message); }\n```",
  },
  {
    about: /\b(async|await|promise|timer|settimeout)\b/i,
    text: "`await` waits for a promise without blocking; `Promise.all` waits for several at once:\n\n```js\nconst later = (value) => new Promise((resolve) => setTimeout(() => resolve(value), 100));\nconst [a, b] = await Promise.all([later(1), later(2)]);\nconsole.log(a + b);\n```",
  },
  {
    about: /\b(fibonacci|fib|recursion|recursive)\b/i,
    text: "Keep only the last two numbers; that is fast for any n and needs no deep recursion:\n\n```js\nfunction fibonacci(n) {\n  let [a, b] = [0n, 1n];\n  for (let i = 0; i < n; i++) [a, b] = [b, a + b];\n  return a;\n}\nfibonacci(90)\n```",
  },
  {
    about: /\b(sort|order|largest|smallest|max|min)\b/i,
    text: "`sort` compares texts unless you give it a function; `toSorted` leaves the original alone:\n\n```js\n[10, 9, 1].toSorted((a, b) => a - b)\n```",
  },
  {
    about: /\b(array|list|map|filter|reduce|sum|loop)\b/i,
    text: "Say what each step does: keep with `filter`, change with `map`, add up with `reduce`:\n\n```js\n[1, 2, 3, 4].filter((n) => n % 2 === 0).map((n) => n * n).reduce((sum, n) => sum + n, 0)\n```",
  },
  {
    about: /\b(string|text|word|reverse|regex|split)\b/i,
    text: "Spread a text to get its characters, so that emoji stay whole, and join them again:\n\n```js\n[...\"hello\"].reverse().join(\"\")\n```",
  },
  {
    about: /\b(object|json|key|class)\b/i,
    text: "`Object.entries` turns an object into pairs, `Object.fromEntries` turns pairs into an object:\n\n```js\nconst prices = { tea: 2, cake: 3 };\nObject.fromEntries(Object.entries(prices).map(([name, price]) => [name, price * 2]))\n```",
  },
];

const fallback = "Start with a small program that you can run, then change one thing at a time. The value of the last line is shown as the result:\n\n```js\nconst name = \"world\";\nconsole.log(`Hello, ${name}!`);\nname.length\n```";

/** A prepared, helpful answer about JavaScript; the same for the same question. */
export function replyTo(question: string): string {
  return `${replies.find(({ about }) => about.test(question))?.text ?? fallback}\n\n${notice}`;
}
