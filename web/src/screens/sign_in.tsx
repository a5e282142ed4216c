// The door: a token, once. The server keeps it in a cookie that no script can read.
import { useState } from "preact/hooks";
import { problemOf } from "../api/ask";
import type { Problem } from "../api/client";
import { ProblemBox } from "../parts/problem";
import { signIn } from "../state/me";

export default function SignIn() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <main id="main" class="door">
      <form class="panel" onSubmit={submit}>
        <h1>Treadle</h1>
        <label class="field">
          This server asks for a token
          <input
            type="password"
            autocomplete="current-password"
            class="wide-input"
            value={token}
            required
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {problem && <ProblemBox problem={problem} />}
        <button type="submit" class="primary">
          Sign in
        </button>
        <p class="soft">
          Whoever keeps the server makes one: <code>treadle tokens add NAME</code>
        </p>
      </form>
    </main>
  );
}
