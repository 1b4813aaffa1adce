import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Ink blue of the house: tone 6 carries white text at 6.6 to 1. */
const ink: MantineColorsTuple = ['#eef2ff', '#dfe6fc', '#bccaf6', '#97acf0', '#7590ea', '#5674e0', '#2f52c8', '#2848b3', '#213c98', '#1b317c'];

/** Greys of the dark scheme, a little blue, as the page's own surfaces. */
const dark: MantineColorsTuple = ['#e9eef4', '#b3bfcb', '#8f9dab', '#66727f', '#3a4653', '#2c3642', '#212a34', '#171d25', '#131920', '#10151b'];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 6, dark: 6 },
  colors: { ink, dark },
  fontFamily: '-apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // In the page's own landmark, and with nothing in the menu but its items.
    Menu: { defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false } },
    InputWrapper: { styles: { label: { marginBottom: 6, fontWeight: 550 } } },
  },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
});
