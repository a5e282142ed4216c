import { render } from "preact";
import { Shell } from "./shell";
import { learnMe } from "./state/me";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/parts.css";

void learnMe();
render(<Shell />, document.getElementById("app")!);
