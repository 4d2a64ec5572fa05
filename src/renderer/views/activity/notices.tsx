// Failures wherever the person is: at the lower right, until closed. Plain news go by themselves.
import { X } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { useApp, useMachines, useNotices } from '../../app-context.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { type Notice, reduceNoticeGone } from '../../store/notices.ts';
import { useRoute } from '../app/use-route.ts';
import { ErrorActions } from './error-actions.tsx';

const NEWS_MS = 6000;

function NoticeCard({ notice }: { readonly notice: Notice }): ReactNode {
  const { stores } = useApp();
  const { id, tone } = notice;
  const close = (): void => stores.notices.setState((state) => reduceNoticeGone(state, id), true);
  useEffect(() => {
    if (tone !== 'info') return;
    const timer = setTimeout(() => stores.notices.setState((state) => reduceNoticeGone(state, id), true), NEWS_MS);
    return () => clearTimeout(timer);
  }, [id, tone, stores]);
  const advice = tone === 'error' ? adviceFor(notice) : undefined;
  return (
    <li className="notice">
      <Banner
        tone={tone === 'error' ? 'bad' : 'info'}
        title={notice.title}
        detail={notice.detail}
        detailLabel="QEMU’s last words"
        actions={
          advice && advice.action !== 'none' && <ErrorActions advice={advice} machine={notice.machine} onDone={close} />
        }
        end={<Button label="Close this message" icon={X} iconOnly small variant="quiet" onPress={close} />}
      >
        <p>{notice.message}</p>
        {advice && <p className="field-hint">{advice.text}</p>}
      </Banner>
    </li>
  );
}

export function Notices(): ReactNode {
  const all = useNotices((state) => state.notices);
  const domains = useMachines((state) => state.domains);
  const route = useRoute();
  // what stands on the open page already need not be said twice
  const isOnPage = (notice: Notice): boolean =>
    route.kind === 'machine' &&
    notice.machine === route.uuid &&
    domains.get(route.uuid)?.problem?.message === notice.message;
  const notices = all.filter((notice) => !isOnPage(notice));
  if (notices.length === 0) return null;
  return (
    <ul className="notices" aria-label="Messages">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </ul>
  );
}
