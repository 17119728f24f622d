import { filledIn, type Values } from '@fairway/model';
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { en, type Words } from './en.ts';
import { zh } from './zh.ts';

const LANGUAGES = { en, zh } satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;

/** The word of a key, filled in. */
export type Say = (key: keyof Words, values?: Values) => string;

interface Text {
  readonly language: Language;
  readonly say: Say;
  setLanguage(language: Language): void;
}

const KEY = 'fairway.language';
const TextContext = createContext<Text | null>(null);

/** The words of a language. */
export function sayIn(language: Language): Say {
  const words = LANGUAGES[language];
  return (key, values = {}) => filledIn(words[key], values);
}

/** As it was chosen here before, else as the browser prefers. */
function firstLanguage(): Language {
  const wanted = localStorage.getItem(KEY) ?? navigator.language;
  return wanted.startsWith('zh') ? 'zh' : 'en';
}

export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    localStorage.setItem(KEY, language);
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  const text = useMemo(() => ({ language, say: sayIn(language), setLanguage }), [language]);
  return <TextContext value={text}>{children}</TextContext>;
}

export function useText(): Text {
  const text = use(TextContext);
  if (!text) throw new Error('outside of TextProvider');
  return text;
}
