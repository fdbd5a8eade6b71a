import rules from '../../../docs/rules.md';
import { ruleSection } from '../../../src/panel/rule-docs';

describe('panel/rule-docs', () => {
  it('should find the section of a rule, and only that', () => {
    const text =
      '# Rules\n\n### a\n\nOne.\n\n- Two.\n\n### b\n\nThree.\n\n## End';
    expect(ruleSection(text, 'a')).toBe('One.\n\n- Two.');
    expect(ruleSection(text, 'b')).toBe('Three.');
    expect(ruleSection(text, 'c')).toBeNull();
    expect(ruleSection(text, 'End')).toBeNull();
  });

  it('should know the documentation that comes with it', () => {
    const text = ruleSection(rules, 'no-grad-inference');
    expect(text).toContain('torch.no_grad()');
    expect(text).not.toMatch(/^#/m);
  });
});
