// Endpoints: is it healthy, what answers, can I go back.
import { useRoute } from "preact-iso";
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { Page } from "../../parts/page";
import { Deployments } from "./deployments";
import "./endpoints.css";
import { EndpointTable } from "./list";
import { OneEndpoint } from "./one";

export const NEWS = ["endpoint.", "rollout.", "revision."];

export default function Endpoints() {
  const { params } = useRoute();
  return params.name ? <OneEndpoint key={params.name} name={params.name} /> : <All />;
}

function All() {
  const asked = useAsk("serving.endpoints", {}, { news: NEWS });
  return (
    <Page
      title="Endpoints"
      says={{
        cli: "treadle endpoints",
        python:
          "from treadle.contract.serving import ListEndpoints, list_endpoints\nfrom treadle.sdk.client import connect\n\nwith connect() as client:\n    print(client(list_endpoints, ListEndpoints()))",
      }}
    >
      <div class="stack">
        <Answered of={asked}>
          {(all) =>
            all.length ? (
              <EndpointTable all={all} again={asked.again} />
            ) : (
              <Empty
                title="Nothing answers yet"
                lines={["treadle endpoints declare NAME --model MODEL", "treadle endpoints release NAME MODEL@v1", "treadle serve NAME"]}
              >
                An endpoint is an address where versions of one model answer. `treadle up` keeps all of them running.
              </Empty>
            )
          }
        </Answered>
        <Deployments />
      </div>
    </Page>
  );
}
