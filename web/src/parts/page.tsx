// The frame of every screen: title, a line about it, what can be done, tabs, and how to get the same without the page.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useParam } from "../state/url";
import { Says } from "./says";

type Props = {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  /** The command line and Python lines that give the same. */
  says?: { cli?: string; python?: string };
  children: ComponentChildren;
};

export function Page({ title, lead, actions, says, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Treadle`;
  }, [title]);
  return (
    <main id="main" tabIndex={-1}>
      <header class="head">
        <h1>{title}</h1>
        {lead && <div class="lead">{lead}</div>}
        <span class="gap" />
        {actions}
        {says && <Says {...says} />}
      </header>
      {children}
    </main>
  );
}

export type Tab = { name: string; label: string; badge?: number | undefined; body: () => ComponentChildren };

/** Tabs whose choice stands in the address. The first one is shown when nothing is chosen. */
export function Tabs({ tabs, param = "tab" }: { tabs: readonly Tab[]; param?: string }) {
  const [chosen, choose] = useParam(param, tabs[0]!.name);
  const now = tabs.find((tab) => tab.name === chosen) ?? tabs[0]!;
  const moved = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const next = tabs[(tabs.indexOf(now) + step + tabs.length) % tabs.length]!;
    choose(next.name, true);
    document.getElementById(`tab-${param}-${next.name}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist">
        {tabs.map((tab) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`tab-${param}-${tab.name}`}
            aria-selected={tab === now}
            aria-controls={`body-${param}`}
            tabIndex={tab === now ? 0 : -1}
            onClick={() => choose(tab.name, true)}
            onKeyDown={moved}
          >
            {tab.label}
            {tab.badge ? <span class="badge quiet">{tab.badge}</span> : null}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`body-${param}`} aria-labelledby={`tab-${param}-${now.name}`}>
        {now.body()}
      </div>
    </>
  );
}

export function Panel({
  title,
  note,
  actions,
  children,
}: {
  title?: ComponentChildren;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="panel">
      {(title || actions) && (
        <div class="panel-head">
          {title && <h2>{title}</h2>}
          {note && <span class="soft">{note}</span>}
          <span class="gap" />
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
