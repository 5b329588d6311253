-- The county's own posts: of which hall's post each was made, and by which offer. Derived from the county's series.
CREATE TABLE county_posts (
    post bytea PRIMARY KEY,
    origin bytea NOT NULL,
    offer bytea NOT NULL UNIQUE
);
CREATE INDEX ON county_posts (origin);

-- What all halls say of a post of the county, whose posts' names begin with its number.
CREATE INDEX ops_about_county ON ops (subject) WHERE substring(subject FROM 1 FOR 4) = '\x00000000'::bytea;
