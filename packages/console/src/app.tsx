import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { LiveProvider } from './live.tsx';
import { OverviewPage } from './page/overview.tsx';
import { SessionProvider } from './session.tsx';
import { Shell } from './shell.tsx';
import { SignIn } from './sign-in.tsx';
import { useText } from './text/text.tsx';

const ServicesPage = lazy(async () => ({ default: (await import('./page/services.tsx')).ServicesPage }));
const ServicePage = lazy(async () => ({ default: (await import('./page/service.tsx')).ServicePage }));
const TopologyPage = lazy(async () => ({ default: (await import('./page/topology.tsx')).TopologyPage }));
const LanesPage = lazy(async () => ({ default: (await import('./page/lanes.tsx')).LanesPage }));
const ReleasesPage = lazy(async () => ({ default: (await import('./page/releases.tsx')).ReleasesPage }));
const ReleasePage = lazy(async () => ({ default: (await import('./page/release.tsx')).ReleasePage }));
const RulesPage = lazy(async () => ({ default: (await import('./page/rules.tsx')).RulesPage }));
const LosslessPage = lazy(async () => ({ default: (await import('./page/lossless.tsx')).LosslessPage }));
const ExplainPage = lazy(async () => ({ default: (await import('./page/explain.tsx')).ExplainPage }));
const EventsPage = lazy(async () => ({ default: (await import('./page/events.tsx')).EventsPage }));
const AuditPage = lazy(async () => ({ default: (await import('./page/audit.tsx')).AuditPage }));
const DiagnosisPage = lazy(async () => ({ default: (await import('./page/diagnosis.tsx')).DiagnosisPage }));
const TracesPage = lazy(async () => ({ default: (await import('./page/traces.tsx')).TracesPage }));
const TracePage = lazy(async () => ({ default: (await import('./page/trace.tsx')).TracePage }));
const SettingsPage = lazy(async () => ({ default: (await import('./page/settings.tsx')).SettingsPage }));

/** The pages and their links. */
export function App() {
  const { say } = useText();
  return (
    <SessionProvider signIn={(enter) => <SignIn enter={enter} />}>
      <LiveProvider>
        <Shell>
          <Suspense fallback={null}>
            <Routes>
              <Route path="/" element={<OverviewPage />} />
              <Route path="/services" element={<ServicesPage />} />
              <Route path="/services/:namespace/:name" element={<ServicePage />} />
              <Route path="/diagnosis/:instance" element={<DiagnosisPage />} />
              <Route path="/topology" element={<TopologyPage />} />
              <Route path="/lanes" element={<LanesPage />} />
              <Route path="/releases" element={<ReleasesPage />} />
              <Route path="/releases/:namespace/:name" element={<ReleasePage />} />
              <Route path="/rules" element={<RulesPage />} />
              <Route path="/lossless" element={<LosslessPage />} />
              <Route path="/traces" element={<TracesPage />} />
              <Route path="/traces/:id" element={<TracePage />} />
              <Route path="/explain" element={<ExplainPage />} />
              <Route path="/events" element={<EventsPage />} />
              <Route path="/audit" element={<AuditPage />} />
              <Route path="/settings" element={<SettingsPage />} />
              <Route path="*" element={say('notFound')} />
            </Routes>
          </Suspense>
        </Shell>
      </LiveProvider>
    </SessionProvider>
  );
}
