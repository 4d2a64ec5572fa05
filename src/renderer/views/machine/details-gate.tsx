// Shows the waiting and failing states of a machine's details, so that tabs only draw the ready one.
import type { ReactNode } from 'react';
import type { DomainDetails } from '../../../common/model/domain.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import type { Query } from '../use-query.ts';

export interface DetailsGateProps {
  readonly state: Query<DomainDetails>;
  readonly children: (details: DomainDetails) => ReactNode;
}

export function DetailsGate({ state, children }: DetailsGateProps): ReactNode {
  switch (state.kind) {
    case 'loading':
      return <div className="page-scroll" aria-busy="true" />;
    case 'failed':
      return (
        <div className="page-scroll">
          <Banner
            tone="bad"
            title={state.error.message}
            detail={state.error.detail}
            actions={<Button label="Try again" small onPress={state.refresh} />}
          />
        </div>
      );
    case 'ready':
      return children(state.data);
  }
}
