// The switch between light, dark and the system's choice; remembered where storage is allowed.

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const NAMES: Readonly<Record<Theme, string>> = {
  system: 'Colours: as the system has them',
  light: 'Colours: light',
  dark: 'Colours: dark',
};

function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function choose(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // Forbidden storage costs the memory of the choice, not the choice.
  }
}

/** The next look must differ from what is seen, or the first press would seem to do nothing. */
function nextTheme(): Theme {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const order: readonly Theme[] = isDark
    ? ['system', 'light', 'dark']
    : ['system', 'dark', 'light'];
  return order[(order.indexOf(currentTheme()) + 1) % order.length] ?? 'system';
}

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-theme-switch]')) {
  const name = button.querySelector('[data-theme-name]');
  const show = (): void => {
    if (name) name.textContent = NAMES[currentTheme()];
    button.title = NAMES[currentTheme()];
  };
  button.addEventListener('click', () => {
    choose(nextTheme());
    show();
  });
  button.hidden = false;
  show();
}
