// Data: what is in it, what changed, who uses it.
import { Dataset } from "./dataset";
import { Data } from "./list";
import "../../styles/versions.css";
import "./data.css";

export default function Screen({ name }: { name?: string }) {
  return name ? <Dataset key={name} name={name} /> : <Data />;
}
