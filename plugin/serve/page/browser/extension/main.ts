import { Component, createElement, useEffect, useRef, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';
import { parseAnnotations } from './annotations.ts';
import { generatedConfigMap, isOurs, shownApplication } from './argo-cd.ts';
import type { ResourceProps, StatusProps } from './argo-cd.ts';
import { configMapsOf } from './client.ts';
import { firstAnnotations, Panel, pollWhileVisible } from './panel.ts';
import type { Target } from './panel.ts';
import { summaryOfAnnotations, summaryOf } from './summary.ts';
import type { Summary } from './summary.ts';

interface ExtensionsApi {
  readonly registerResourceExtension: (
    component: ComponentType<ResourceProps>,
    group: string,
    kind: string,
    title: string,
    options?: { readonly icon: string },
  ) => void;
  /** Missing in some releases of Argo CD. */
  readonly registerStatusPanelExtension?: (
    component: ComponentType<StatusProps>,
    title: string,
    id: string,
    flyout?: ComponentType<StatusProps>,
  ) => void;
}

/** React renders a single element; the page itself manages its content, in a shadow root. */
function panelOf<P>(targetOf: (props: P) => Target | null): ComponentType<P> {
  function Shell(props: P): ReactNode {
    const host = useRef<HTMLDivElement>(null);
    const panel = useRef<Panel>(null);
    useEffect(() => {
      if (host.current === null) return undefined;
      const opened = new Panel(host.current);
      panel.current = opened;
      return () => {
        opened.end();
      };
    }, []);
    useEffect(() => {
      panel.current?.show(targetOf(props));
    });
    return createElement('div', { ref: host });
  }
  return guarded(Shell);
}

/** Argo CD's status panel has no error boundary of its own: a bug here would take down its whole page. */
function guarded<P>(Inner: ComponentType<P>): ComponentType<P> {
  return class Guarded extends Component<P & object, { readonly failed: boolean }> {
    override state = { failed: false };

    static getDerivedStateFromError(): { readonly failed: boolean } {
      return { failed: true };
    }

    override render(): ReactNode {
      if (this.state.failed) return createElement('p', null, 'dynamic-toolset: the extension has a bug.');
      return createElement(Inner as ComponentType<object>, this.props);
    }
  } as unknown as ComponentType<P>;
}

const Tab = panelOf<ResourceProps>(({ application, resource }) => {
  const shown = shownApplication(application);
  const generated = generatedConfigMap(resource);
  return shown && generated && { application: shown, ...generated };
});

const Flyout = panelOf<StatusProps>(({ application }) => {
  const shown = shownApplication(application);
  return shown && { application: shown, configMap: null, annotations: null };
});

/** Interval between requests for the summary. */
const pollMs = 30_000;

/** A summary of the Application's ConfigMaps from `serve`, or else from their annotations; `null` before either. */
function useSummary(application: unknown): Summary | null {
  const [last, setLast] = useState<{ readonly of: string; readonly summary: Summary } | null>(null);
  const shown = isOurs(application) ? shownApplication(application) : null;
  const of = shown ? `${shown.namespace}/${shown.name}` : '';
  const key = JSON.stringify(shown && [shown.namespace, shown.name, shown.project, shown.configMaps]);
  useEffect(() => {
    if (!shown) return undefined;
    const ended = new AbortController();
    const { signal } = ended;
    void pollWhileVisible(pollMs, signal, async () => {
      const summary = await summarized(shown, signal);
      if (summary && !signal.aborted) setLast({ of, summary });
    });
    return () => {
      ended.abort();
    };
    // Argo CD creates a new Application object with each change.
  }, [key]);
  // Argo CD may show another Application in place of the first one.
  return last?.of === of ? last.summary : null;
}

async function summarized(
  application: NonNullable<ReturnType<typeof shownApplication>>,
  signal: AbortSignal,
): Promise<Summary | null> {
  try {
    const { items, page } = await configMapsOf(application, signal);
    return summaryOf(items, page.total);
  } catch {
    const annotations = signal.aborted ? null : await firstAnnotations(application, signal).catch(() => null);
    return annotations && summaryOfAnnotations(parseAnnotations(annotations));
  }
}

/** Colours of Argo CD's own icons. */
const icons = {
  good: ['fa-check-circle', '#18be94'],
  warn: ['fa-arrow-alt-circle-up', '#f4c030'],
  bad: ['fa-times-circle', '#e96d76'],
  unknown: ['fa-question-circle', '#8fa4b1'],
} as const;

const unstyled = {
  padding: 0,
  border: 0,
  background: 'none',
  font: 'inherit',
  color: 'inherit',
  cursor: 'pointer',
  textAlign: 'left',
} as const;

/** Uses the classes of Argo CD's own items. */
const StatusItem = guarded(function StatusItem({ application, openFlyout }: StatusProps): ReactNode {
  const summary = useSummary(application);
  if (!summary) return null;
  const [icon, color] = icons[summary.kind];
  const value = [
    createElement('i', { key: 'icon', className: `fa ${icon}`, style: { color }, 'aria-hidden': true }),
    ` ${summary.title}`,
  ];
  return createElement(
    'div',
    { className: 'application-status-panel__item' },
    createElement(
      'div',
      { style: { lineHeight: '19.5px', marginBottom: '0.3em' } },
      createElement('label', null, 'TOOLSETS'),
    ),
    createElement(
      'div',
      { className: 'application-status-panel__item-value' },
      createElement('button', { type: 'button', style: unstyled, onClick: openFlyout }, ...value),
    ),
    ...summary.lines.map((line) =>
      createElement('div', { key: line, className: 'application-status-panel__item-name' }, line),
    ),
  );
});

const { extensionsAPI } = window as unknown as { readonly extensionsAPI: ExtensionsApi };
extensionsAPI.registerResourceExtension(Tab, '', 'ConfigMap', 'Toolsets', { icon: 'fa fa-toolbox' });
extensionsAPI.registerStatusPanelExtension?.(StatusItem, 'Toolsets', 'dynamic-toolset', Flyout);
