// The environment in which npm runs for set-up: quiet, and giving up on a missing network in seconds rather than minutes.

/** process.env for npm, without the settings that an outer `npm test` hands to its scripts. */
export function npmEnvironment() {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(config_(ignore_scripts|global|save|local_prefix|prefix)|lifecycle|package|command|execpath)/i.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    npm_config_loglevel: 'error',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_fetch_retries: '2',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
  };
}
