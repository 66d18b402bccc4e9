// The mutants of one C++ file, found in clang's syntax tree: what a mistake of ours would look like. A bound off by one,
// a condition turned round, a sign; and, as deep ones, half of a condition forgotten, a statement left out.
//
// Each is a list of edits that puts it beside the original, under its number: test/mutation/mutants.h switches it on.

/** By operator: what it becomes, and the function that switches between the two. */
const kOperators = {
  '<': ['<=', 'less'],
  '<=': ['<', 'less_equal'],
  '>': ['>=', 'greater'],
  '>=': ['>', 'greater_equal'],
  '==': ['!=', 'equal'],
  '!=': ['==', 'unequal'],
  '+': ['-', 'plus'],
  '-': ['+', 'minus'],
  '*': ['/', 'times'],
  '/': ['*', 'divided'],
};
/** What the compiler decides, not the program. */
const kConstant = new Set(['StaticAssertDecl', 'EnumConstantDecl', 'ConceptDecl', 'ConstantExpr', 'CXXNoexceptExpr']);
const kFunctions = new Set(['FunctionDecl', 'CXXMethodDecl', 'CXXConstructorDecl', 'CXXDestructorDecl', 'VarDecl']);
const kWrappers = new Set([
  'ExprWithCleanups',
  'ImplicitCastExpr',
  'MaterializeTemporaryExpr',
  'CXXBindTemporaryExpr',
  'ParenExpr',
]);
const kBinary = new Set(['BinaryOperator', 'CXXOperatorCallExpr', 'CXXRewrittenBinaryOperator']);

/**
 * `tree`: what clang dumps as JSON, `file`: its name there, `text`: its bytes, as latin1. A mutant has the `range` that it
 * changes, its `edits`, where `$` is its number, and a `key` without its line: an explanation holds for as long as the
 * decision does.
 */
export function mutantsOf(tree, file, text) {
  const found = new Map();
  const add = (range, becomes, edits, deep = false) => {
    const at = `${range.begin}-${range.end} ${becomes}`;
    if (!found.has(at))
      found.set(at, { range, becomes, edits, deep, from: inOneLine(text.slice(range.begin, range.end)) });
    found.get(at).within ??= within.at(-1) ?? '';
  };
  const within = [];
  const spot = { file, text, add };
  const visit = (node) => {
    if (!node?.kind || kConstant.has(node.kind) || node.isImplicit) return;
    if (node.kind === 'VarDecl' && node.constexpr) return;
    if (node.kind === 'FunctionDecl' && /\bconsteval\b/.test(declared(node, spot))) return;
    const named = kFunctions.has(node.kind) && node.name && (node.kind !== 'VarDecl' || within.length === 0);
    if (named) within.push(node.name);
    mutate(node, spot);
    const inner = node.inner ?? [];
    for (const [index, child] of inner.entries()) if (!isNeverReached(child, inner[index - 1])) visit(child);
    if (named) within.pop();
  };
  const last = {};
  for (const document of documents(tree)) {
    tellFiles(document, last);
    visit(document);
  }
  return [...found.values()]
    .sort((a, b) => a.range.begin - b.range.begin || b.range.end - a.range.end)
    .map((mutant) => ({ ...mutant, key: `${mutant.within}: ${mutant.from}: ${mutant.becomes}` }));
}

/** `text` with each of `mutants` in it, under its number: the outer of two has the smaller one. */
export function withMutants(text, mutants) {
  const order = { after: 0, instead: 1, before: 2 };
  const edits = mutants.flatMap(({ number, edits }) =>
    edits.map((edit) => ({ ...edit, put: edit.put.replaceAll('$', number), number })),
  );
  // At one place ends what ends there, from the inside to the outside; then begins what begins there, the other way round.
  const span = ({ begin, end }) => end - begin;
  edits.sort((a, b) => {
    const inside = a.where === 'after' ? 1 : -1;
    return a.at - b.at || order[a.where] - order[b.where] || inside * (span(a.of) - span(b.of) || b.number - a.number);
  });
  let [result, done] = ['', 0];
  for (const { at, length = 0, put } of edits) {
    result += text.slice(done, at) + put;
    done = Math.max(done, at + length);
  }
  return result + text.slice(done);
}

function mutate(node, spot) {
  if (kBinary.has(node.kind)) mutateOperator(node, spot);
  else if (node.kind === 'UnaryOperator' && node.opcode === '!') mutateNegation(node, spot);
  else if (node.kind === 'ReturnStmt') mutateReturn(node, spot);
  else if (node.kind === 'CallExpr') mutateChoice(node, spot);
  else if (['IfStmt', 'WhileStmt', 'ConditionalOperator'].includes(node.kind)) mutateCondition(node, spot);
  statementsOf(node).forEach((statement) => leaveOut(statement, spot));
}

function mutateOperator(node, spot) {
  const range = rangeOf(node, spot);
  const [left, right] = operands(node, spot) ?? [];
  if (!range || !left || !right || left.begin !== range.begin || right.end !== range.end) return;
  const between = spot.text.slice(left.end, right.begin).replace(/\/\/.*/g, (comment) => ' '.repeat(comment.length));
  const operator = between.trim();
  const at = left.end + between.indexOf(operator);
  if (operator === '&&' || operator === '||') {
    // a || b is !(!a && !b), and the other way round: nothing is asked that would not be.
    const turned = '(mutants::on($) != bool(';
    const instead = { at, length: 2, put: `)) ${operator} ${turned}`, where: 'instead', of: range };
    const becomes = operator === '&&' ? '||' : '&&';
    spot.add(range, `${operator} becomes ${becomes}`, [...wrap(range, `${turned}${turned}`, '))))'), instead]);
    // An operand that says nothing is one that was forgotten.
    const forget = (operand) => {
      const silent = operator === '&&' ? 'mutants::on($) ||' : '!mutants::on($) &&';
      const name = inOneLine(spot.text.slice(operand.begin, operand.end));
      spot.add(range, `without ${name}`, wrap(operand, `(${silent} bool(`, '))'), true);
    };
    forget(left);
    forget(right);
  } else if (kOperators[operator]) {
    const [becomes, function_] = kOperators[operator];
    const instead = { at, length: operator.length, put: ',', where: 'instead', of: range };
    const around = wrap(range, `mutants::${function_}($, `, ')');
    spot.add(range, `${operator} becomes ${becomes}`, [...around, instead]);
  }
}

/** Where C++20 has turned an operator into others, the two are further down. */
function operands(node, spot) {
  const inner = node.inner ?? [];
  if (node.kind === 'CXXRewrittenBinaryOperator' || (node.kind === 'UnaryOperator' && inner.length === 1)) {
    return inner.length === 0 ? undefined : operands(inner[0], spot);
  }
  if (kWrappers.has(node.kind)) return operands(inner[0], spot);
  const pair = inner.slice(-2).map((operand) => rangeOf(operand, spot));
  if (inner.length < 2 || pair.includes(undefined)) return undefined;
  const [left, right] = pair.sort((a, b) => a.begin - b.begin);
  if (left.end <= right.begin) return [left, right];
  // (a <=> b) < 0
  return inner
    .slice(-2)
    .map((operand) => operands(operand, spot))
    .find(Boolean);
}

function mutateNegation(node, spot) {
  const range = rangeOf(node, spot);
  // Not the `!` of what C++20 has turned an `!=` into.
  if (range && /^!(?!=)/.test(spot.text.slice(range.begin, range.end))) {
    const instead = { at: range.begin, length: 1, put: '', where: 'instead', of: range };
    const around = wrap(range, '(mutants::on($) == bool(', '))');
    spot.add(range, '! left out', [...around, instead]);
  }
}

function mutateReturn(node, spot) {
  const value = node.inner?.[0];
  const range = value?.kind === 'CXXBoolLiteralExpr' && rangeOf(value, spot);
  if (!range) return;
  const becomes = `returns ${!value.value}`;
  spot.add(rangeOf(node, spot), becomes, wrap(range, '(mutants::on($) != ', ')'));
}

function mutateChoice(node, spot) {
  const range = rangeOf(node, spot);
  const callee = rangeOf(node.inner?.[0], spot);
  const choice = callee && /^std::(min|max)$/.exec(spot.text.slice(callee.begin, callee.end))?.[1];
  if (!range || !choice || spot.text[callee.end] !== '(') return;
  const becomes = `${choice} becomes ${choice === 'min' ? 'max' : 'min'}`;
  const length = callee.end - callee.begin + 1;
  spot.add(range, becomes, [
    { at: callee.begin, length, put: '', where: 'instead', of: callee },
    { at: callee.begin, put: `mutants::${choice}($, `, where: 'before', of: callee },
  ]);
}

/** A comparison, `&&`, `||` and `!` have mutants of their own; `while (true)` is no decision. */
function mutateCondition(node, spot) {
  if (node.isConstexpr) return;
  const inner = node.inner ?? [];
  if (node.hasVar) {
    const variable = node.kind === 'IfStmt' && !node.hasInit ? inner[0]?.inner?.[0] : undefined;
    const range = variable && rangeOf(variable, spot);
    if (!range || !variable.name) return;
    const put = `; mutants::on($) != bool(${variable.name})`;
    spot.add(range, 'turned round', [{ at: range.end, put, where: 'after', of: range }]);
    return;
  }
  const condition = inner[node.hasInit ? 1 : 0];
  const range = condition && rangeOf(condition, spot);
  const decision = bare(condition);
  const mutated =
    [...kBinary, 'CXXBoolLiteralExpr'].includes(decision?.kind) ||
    (decision?.kind === 'UnaryOperator' && decision.opcode === '!');
  if (range && !mutated) spot.add(range, 'turned round', wrap(range, '(mutants::on($) != bool(', '))'));
}

function leaveOut(statement, spot) {
  const range = rangeOf(statement, spot);
  const action = bare(statement);
  const acts =
    ['CallExpr', 'CXXMemberCallExpr', 'CXXOperatorCallExpr', 'CompoundAssignOperator'].includes(action?.kind) ||
    (action?.kind === 'BinaryOperator' && action.opcode === '=') ||
    (action?.kind === 'UnaryOperator' && /^(\+\+|--)$/.test(action.opcode));
  if (range && acts) spot.add(range, 'left out', wrap(range, '(mutants::on($) ? void() : void(', '))'), true);
}

function statementsOf(node) {
  const inner = node.inner ?? [];
  switch (node.kind) {
    case 'CompoundStmt':
      return inner;
    case 'IfStmt':
      return inner.slice(node.hasElse ? -2 : -1);
    case 'ForStmt':
    case 'CXXForRangeStmt':
    case 'WhileStmt':
    case 'CaseStmt':
    case 'DefaultStmt':
      return inner.slice(-1);
    default:
      return [];
  }
}

/** What is returned behind a switch that returns for every value: only the compiler wants it. */
function isNeverReached(node, before) {
  if (node.kind !== 'ReturnStmt' || before?.kind !== 'SwitchStmt') return false;
  const body = before.inner.at(-1).inner ?? [];
  const isLabel = (statement) => ['CaseStmt', 'DefaultStmt'].includes(statement?.kind);
  return body.every((statement, index) => {
    const isLast = index + 1 === body.length || isLabel(body[index + 1]);
    return !isLast || returns(statement);
  });
}

function returns(statement) {
  switch (statement?.kind) {
    case 'ReturnStmt':
      return true;
    case 'CompoundStmt':
    case 'CaseStmt':
    case 'DefaultStmt':
      return returns(statement.inner?.at(-1));
    default:
      return false;
  }
}

function wrap(range, before, after) {
  return [
    { at: range.begin, put: before, where: 'before', of: range },
    { at: range.end, put: after, where: 'after', of: range },
  ];
}

function bare(node) {
  return node && kWrappers.has(node.kind) ? bare(node.inner?.[0]) : node;
}

/** undefined: in another file, or made by a macro or by the compiler. */
function rangeOf(node, { file }) {
  const { begin, end } = node?.range ?? {};
  if (begin?.in !== file || end?.in !== file || begin.offset === undefined || end.offset === undefined)
    return undefined;
  return { begin: begin.offset, end: end.offset + end.tokLen };
}

function declared(node, spot) {
  const range = rangeOf(node, spot);
  return range ? spot.text.slice(range.begin, range.end).replace(/\{[^]*/, '') : '';
}

function documents(tree) {
  return tree
    .split(/^(?=\{)/m)
    .filter((part) => part.startsWith('{'))
    .map((part) => JSON.parse(part));
}

/** clang names the file of a place only where it is another than that of the place before. */
function tellFiles(node, last) {
  if (typeof node !== 'object' || node === null) return;
  if ('offset' in node) {
    last.file = node.file ?? last.file;
    node.in = last.file;
  }
  for (const value of Object.values(node)) tellFiles(value, last);
}

function inOneLine(bytes) {
  const text = Buffer.from(bytes, 'latin1').toString();
  return text
    .replace(/\/\/.*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
