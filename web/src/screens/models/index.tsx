// Models: which version is live, is the next one better, may it go.
import { Models } from "./list";
import { Model } from "./model";
import "../../styles/versions.css";
import "./models.css";

export default function Screen({ name }: { name?: string }) {
  return name ? <Model key={name} name={name} /> : <Models />;
}
